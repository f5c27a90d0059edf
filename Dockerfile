# Amplifier as an image: the locked run set, one user without rights, the workspace as a volume.
FROM python:3.12-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 AMPLIFIER_WORKSPACE=/workspace
COPY requirements/run.txt /src/requirements/run.txt
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r /src/requirements/run.txt
COPY . /src
RUN pip install --no-cache-dir --no-deps --no-build-isolation /src && rm -rf /src
RUN useradd --uid 10001 --create-home amplifier && install -d -o amplifier /workspace
USER amplifier
WORKDIR /workspace
VOLUME /workspace
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1m --timeout=20s CMD ["amplifier", "doctor"]
ENTRYPOINT ["amplifier"]
CMD ["run"]
