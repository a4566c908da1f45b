# A server of one entry, on the light installation: docker build -t zoo . && docker run -p 8000:8000 zoo
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements-light.txt pyproject.toml README.md LICENSE ./
COPY zoo zoo
RUN python -m venv /opt/zoo \
    && /opt/zoo/bin/pip install --no-cache-dir -r requirements-light.txt \
    && /opt/zoo/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --create-home zoo
COPY --from=build /opt/zoo /opt/zoo
USER zoo
ENV PATH=/opt/zoo/bin:$PATH OMP_NUM_THREADS=1
EXPOSE 8000
ENTRYPOINT ["zoo", "serve"]
CMD ["lstm-imdb", "--host", "0.0.0.0", "--port", "8000"]
