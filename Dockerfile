# One image for `web`, `worker` and every other command.
FROM python:3.11-slim

RUN useradd --system --uid 10001 --home-dir /app aftercell
WORKDIR /app

COPY requirements.txt pyproject.toml ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

# messages/, locales/ and migrations/ are read from the checkout, so the whole of it is the program.
COPY . .
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --editable .

USER aftercell
EXPOSE 8000
ENTRYPOINT ["aftercell"]
CMD ["web"]
