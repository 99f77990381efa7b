# The page in a container: docker build -t unblend . && docker run --rm -p 7860:7860 unblend
# Two stages: what installing needs and leaves behind stays in the first.
FROM python:3.12-slim AS packages

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/venv/bin:$PATH
WORKDIR /build
COPY requirements.txt constraints.txt ./
# PyTorch's own index has the small CPU builds (200 MB, not 3 GB), as a pair of torch and torchvision that fit each other. "2.13.0+cpu"
# satisfies the constraint "==2.13.0" and sorts above it, so it is the one taken.
RUN python -m venv /opt/venv \
 && pip install torch torchvision -c constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu \
 && pip install -r requirements.txt -c constraints.txt \
 && pip check \
 && python -c "import torch; assert torch.version.cuda is None, 'this is a CUDA build'"

FROM python:3.12-slim

COPY --from=packages /opt/venv /opt/venv
RUN useradd --create-home --uid 1000 user \
 && install --directory --owner=user --group=user /home/user/app
USER user
ENV HOME=/home/user \
    PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_ANALYTICS_ENABLED=False \
    HF_HUB_DISABLE_TELEMETRY=1
WORKDIR /home/user/app
COPY --chown=user:user . .

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/gradio_api/startup-events', timeout=4)"]
CMD ["python", "app.py"]
