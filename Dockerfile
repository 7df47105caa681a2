# The image: the program, the certificates of public authorities, and nothing else. `hack/image` makes the same without a
# container engine.
FROM --platform=$BUILDPLATFORM docker.io/library/rust:1.95-bookworm AS build
ARG TARGETARCH
WORKDIR /source
# What compiles for the other of the two architectures.
RUN if [ "$TARGETARCH" != "$(dpkg --print-architecture)" ]; then \
        apt-get update && apt-get install -y --no-install-recommends "crossbuild-essential-$TARGETARCH"; \
    fi
COPY . .
RUN case "$TARGETARCH" in \
        amd64) target=x86_64-unknown-linux-gnu ;; \
        arm64) target=aarch64-unknown-linux-gnu ;; \
        *) echo "no image for the architecture $TARGETARCH: build with --platform linux/amd64 or linux/arm64" >&2; exit 1 ;; \
    esac && rustup target add "$target" && install "$(hack/static-binary "$target")" /directory-group-sync
# A kubelet passes on the user of the image, but not its group. Without this line it would be the group of root.
RUN echo 'directory-group-sync:x:65532:65532::/:/sbin/nologin' >/passwd

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /passwd /etc/passwd
COPY --from=build /directory-group-sync /directory-group-sync
USER 65532:65532
ENTRYPOINT ["/directory-group-sync"]
