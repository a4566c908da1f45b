"""Irregular series: their one form in Python, long tables and JSON, and what is refused."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

import zoo
from suite.cases import tiny
from zoo import checkpoint
from zoo.classes.average_precision import AveragePrecision
from zoo.common.answering import Request
from zoo.interfaces import UserData
from zoo.series.irregular import IrregularSeries, Names, check_irregular, pad_irregular
from zoo.series.irregular_features import Summary, fit_scaling, summarise
from zoo.series.irregular_files import names_in, read_irregular
from zoo.task import task_named
from zoo.tasks.irregular_time_series_classification.answers import predict
from zoo.tasks.irregular_time_series_classification.asked import ASKED
from zoo.tasks.irregular_time_series_classification.testing import LABELS, examples

TASK = "irregular-time-series-classification"
NAMES = Names(("pulse", "heat"), ("age",))
TABLE = """id,time,name,value
b,2,heat,37
a,,age,50
a,1.5,pulse,80
a,0.5,pulse,70
a,0.5,heat,
a,0.5,pulse,72
a,,label,low
"""


def written(folder, text, name="series.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_long_table_json_and_python_say_the_same(tmp_path):
    source = read_irregular(written(tmp_path, TABLE), NAMES)
    assert source.ids == ["b", "a"] and source.labels == [None, "low"]
    b, a = source.series
    assert a.times.tolist() == [0.5, 1.5]
    np.testing.assert_array_equal(a.values, [[71, np.nan], [80, np.nan]])
    np.testing.assert_array_equal([*a.static, *b.static], [50, np.nan])
    # The rows may stand in any order; what is averaged and left out is counted.
    assert any("1 measurement of" in line and "mean" in line for line in source.told)
    assert any("1 row " in line and "left out" in line for line in source.told)
    given = {"times": [0.5, 1.5], "values": {"pulse": [71, 80]}, "static": {"age": 50}}
    lines = "\n".join(
        json.dumps(one)
        for one in (
            {"id": "b", "times": [2], "values": [[None, 37]]},
            {"id": "a", "label": "low", **given},
        )
    )
    for text, name in ((lines, "series.jsonl"), (f"[{lines.replace(chr(10), ',')}]", "s.json")):
        found = read_irregular(written(tmp_path, text, name), NAMES)
        assert (found.ids, found.labels) == (source.ids, source.labels)
        for one, other in zip(found.series, source.series, strict=True):
            for part in ("times", "values", "static"):
                np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
    (python,), single = check_irregular(given, NAMES)
    assert single
    np.testing.assert_array_equal(python.values, a.values)
    assert names_in(tmp_path / "series.csv") == Names(("heat", "pulse"), ("age",))


def test_times_that_are_dates_are_hours_since_the_first_of_a_series(tmp_path):
    for zone in ("", "Z", "+01:00"):
        dated = TABLE.replace("a,1.5,", f"a,2024-03-01T18:30{zone},").replace("b,2,", "b,{},")
        dated = dated.format(f"2024-03-05{zone and 'T00:00' + zone}")
        dated = dated.replace("a,0.5,", f"a,2024-02-29 23:00:00{zone},")
        source = read_irregular(written(tmp_path, dated), NAMES)
        assert [one.times.tolist() for one in source.series] == [[0.0], [0.0, 19.5]]
        assert any("are dates: they are read as hours" in line for line in source.told)
    # One form in a whole file: with a zone, without one, or no dates at all.
    for other in ("2024-03-01T18:30", "0.5"):
        text = dated + f"a,{other},heat,37\n"
        with pytest.raises(zoo.DataError, match=f"line 9: .*same form.*line 2.*'{other}'"):
            read_irregular(written(tmp_path, text), NAMES)
    assert names_in(written(tmp_path, dated)) == Names(("heat", "pulse"), ("age",))


def test_dates_with_the_day_first_and_decimal_commas_are_read_and_told(tmp_path):
    plain = read_irregular(written(tmp_path, TABLE), NAMES)
    local = TABLE.replace(",", ";").replace(".", ",")
    source = read_irregular(written(tmp_path, local), NAMES)
    for one, other in zip(source.series, plain.series, strict=True):
        np.testing.assert_array_equal(one.times, other.times)
        np.testing.assert_array_equal(one.values, other.values)
        np.testing.assert_array_equal(one.static, other.static)
    assert any("with decimal commas" in line for line in source.told)
    dated = local.replace("a;1,5;", "a;01.03.2024 18:30;").replace("b;2;", "b;05.03.2024 00:00;")
    dated = dated.replace("a;0,5;", "a;29.02.2024 23:00;")
    source = read_irregular(written(tmp_path, dated), NAMES)
    assert [one.times.tolist() for one in source.series] == [[0.0], [0.0, 19.5]]
    assert any("read as %d.%m.%Y %H:%M" in line for line in source.told)
    # Where nothing tells the day from the month it is said.
    unsure = read_irregular(
        written(
            tmp_path,
            TABLE.replace("b,2,", "b,02/03/2024,")
            .replace("a,1.5,", "a,02/03/2024,")
            .replace("a,0.5,", "a,01/03/2024,"),
        ),
        NAMES,
    )
    assert any("may be meant as %d/%m/%Y or as %m/%d/%Y" in line for line in unsure.told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,time,value\na,1,2\n", "columns id, time, name, value"),
        (TABLE + "a,now,pulse,3\n", "line 9: expected a number or a date as the time.*'now'"),
        (TABLE + "a,3,pulse,high\n", "line 9: expected a number.*'high'"),
        (TABLE + "a,3,weight,70\n", "series 'a': expected names of variables.*weight"),
        (TABLE + "a,,height,70\n", "static features.*height"),
        (TABLE + ",3,pulse,70\n", "line 9: expected an id"),
        ("id,time,name,value\n", "at least one series"),
    ],
)
def test_what_is_no_table_of_them_is_refused(tmp_path, text, words):
    with pytest.raises((zoo.DataError, zoo.InputError), match=words):
        read_irregular(written(tmp_path, text), NAMES)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(st.none(), st.floats(-5, 5)), min_size=2, max_size=12), st.integers(0, 9))
def test_a_summary_step_by_step_is_that_of_the_whole(cells, start):
    values = np.array([np.nan if cell is None else cell for cell in cells]).astype(float)
    values = values[: len(values) // 2 * 2].reshape(-1, 2)
    scaling = fit_scaling(np.array([[0.0, 1.0], [2.0, 3.0], [1.0, 1.0]]))
    series = IrregularSeries(start + np.arange(len(values), dtype=float), values, np.zeros(0))
    summary = Summary.start(1, 2)
    for row in values:
        summary = summary.after(*scaling(row[None]))
    np.testing.assert_allclose(summary.figures, summarise([series], scaling), atol=1e-12)


def test_only_differences_of_times_count_and_dates_in_seconds_keep_their_fractions():
    one = IrregularSeries(np.array([0.0, 0.25, 3.0]), np.ones((3, 2)), np.zeros(1))
    late = IrregularSeries(one.times + 1.7e9, one.values, one.static)
    assert pad_irregular([late])["times"].tolist() == [[0.0, 0.25, 3.0]]


def test_a_model_is_asked_by_the_names_of_its_own_and_says_what_it_knows(tmp_path):
    pipeline = zoo.pipeline(tiny(TASK))
    with pytest.raises(zoo.InputError, match=r"pulse, heat, never.*Received: 'weight' in series 1"):
        pipeline(
            [{"times": [0], "values": {"pulse": [80]}}, {"times": [0], "values": {"weight": [1]}}]
        )
    # A patient without any measurement is answered, by the static features alone.
    empty = {"times": [], "values": {}, "static": {"age": 40}}
    (nothing,) = pipeline.predict_proba(empty)
    (young,) = pipeline.predict_proba({**empty, "static": {"age": 20}})
    assert nothing.sum() == pytest.approx(1) and abs(nothing - young).max() > 1e-3
    session = pipeline.session()
    scores = {one["label"]: one["score"] for one in session.step(empty)}
    assert [scores[label] for label in LABELS] == pytest.approx(nothing.tolist())
    session.step((1.0, {"pulse": 80}))
    with pytest.raises(zoo.InputError, match=r"after the last one of the session.*1 after 1"):
        session.step((1.0, {"heat": 37}))


def test_nothing_that_is_given_is_left_out_unsaid(tmp_path):
    names = Names(("HR",), ("Age",))
    given = {"times": [0.0], "values": {"HR": [80.0]}}
    check_irregular({**given, "id": "p1", "label": "high"}, names)
    for more, words in (
        ({"statics": {"Age": 54}}, r"times, values, static of .*id and label.*Received: 'statics'"),
        ({"values": {"HR": [1e308]}}, r"at most 1e\+30 in size.*'HR'.*1e\+308"),
        ({"static": {"Age": -1e31}}, r"at most 1e\+30 in size.*'Age'.*1e\+31"),
        ({"times": [1e31]}, r"at most 1e\+30 in size as times"),
    ):
        with pytest.raises(zoo.InputError, match=words):
            check_irregular({**given, **more}, names)
    rows = "id,time,unit,name,value\np1,0,bpm,HR,80\np1,,,Age,54\np1,,,Age,60\np1,,,Age,60\n"
    path = written(tmp_path, rows)
    source = read_irregular(path, names)
    assert source.series[0].static.tolist() == [60.0]
    assert source.told == (
        f"1 column of {path} left unread: 'unit'.",
        f"1 static value of {path} contradicted by a later row, which is read: "
        "'Age of p1 54 and 60'.",
    )
    with pytest.raises(zoo.DataError, match=r"line 3: expected one label.*'high' of 'p1'.*'low'"):
        read_irregular(
            written(tmp_path, "id,time,name,value\np1,,label,high\np1,,label,low\n"), names
        )
    with pytest.raises(zoo.DataError, match=r'such as \{"times": \[0.5, 2\], "values"'):
        read_irregular(written(tmp_path, '{"times": [', "broken.json"), names)
    kind = ASKED.input(zoo.pipeline(tiny(TASK)), 9)
    found = msgspec.json.decode(b'{"times":[1],"values":{}}', type=kind)
    assert dict(found) == {"times": [1.0], "values": {}} and found.get("static") is None
    with pytest.raises(msgspec.ValidationError, match="unknown field `statics`"):
        msgspec.json.decode(b'{"times":[1],"values":{},"statics":{}}', type=kind)


def test_series_of_several_files_are_told_apart(tmp_path):
    files = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        files.append(str(written(tmp_path / folder, "id,time,name,value\np1,0,pulse,80\n")))
    model = zoo.pipeline(tiny(TASK))
    answers = predict(model, Request(inputs=tuple(files)))
    rows = [(*one.rows[0][2:], one.item["file"]) for some in answers.batches for one in some]
    assert rows == [("p1", file, file) for file in files] and answers.columns[2:] == ("id", "file")
    ((alone,),) = predict(model, Request(inputs=(files[0],))).batches
    assert len(alone.rows[0]) == 3 and "file" not in alone.item


def test_a_class_of_one_member_and_series_without_a_label(tmp_path):
    source = checkpoint.read(tiny(TASK))
    series, labels = examples(12)
    names = [LABELS[label] for label in labels]

    def prepared(data):
        chosen = task_named(TASK).settings(source, {})
        return task_named(TASK).prepare(source, UserData(train=data), chosen)

    with pytest.warns(UserWarning, match="Of one series alone: 1 class, such as 'odd'"):
        found = prepared(([*series, series[0]], [*names, "odd"]))
    assert found.labels == ("high", "low", "odd")
    assert [set(part.used) for part in found.sources] == [{"train", "validation"}]
    assert prepared((series, names)).labels == LABELS  # in the order of the model
    with pytest.raises(zoo.DataError, match="two classes"):
        prepared((series[:3], ["a", "b", "b"]))
    with pytest.raises(zoo.DataError, match=r"series 'b': expected its class.*'b,,label,died'"):
        prepared(written(tmp_path, TABLE))


def test_average_precision_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    scores = np.round(generator.random(60), 1)  # with ties
    positive, weights = generator.random(60) < 0.3, generator.integers(1, 4, 60).astype(float)
    expected = average_precision_score(positive, scores, sample_weight=weights)
    assert AveragePrecision(scores, positive)(weights) == pytest.approx(expected)
