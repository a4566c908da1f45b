"""What is peculiar to the bundled entries of irregular series."""

from __future__ import annotations

import pytest

import zoo

# The least that their test AUC is: that of logistic regression on figures of the stays is 0.859.
LEAST = {"grud-physionet2012": 0.86, "odernn-physionet2012": 0.84}
ENTRIES = zoo.list_models(task="irregular-time-series-classification")


def test_they_are_at_hand():
    assert set(ENTRIES) >= set(LEAST)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_seed_ranks_patients_well_enough(name):
    figures = {metric.name: metric for metric in zoo.info(name).metrics}
    assert min(figures["auc"].seeds.values.values()) >= LEAST[name]
    assert zoo.info(name).metrics[0].name == "auc" and "average_precision" in figures


@pytest.mark.parametrize("name", ENTRIES)
def test_a_patient_in_a_coma_is_more_at_risk_than_one_who_is_awake(name):
    ask = zoo.pipeline(name)
    times, hours = [0, 12, 24, 36, 47], 5

    def risk(**values):
        stay = {"times": times, "values": {key: [value] * hours for key, value in values.items()}}
        scores = {
            one["label"]: one["score"] for one in ask({**stay, "static": {"Age": 60}}, top_k=None)
        }
        return scores["died"]

    assert risk(GCS=3, HR=120, Lactate=8) > risk(GCS=15, HR=75, Lactate=1) + 0.1
