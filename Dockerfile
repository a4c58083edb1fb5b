# The bases, to be pinned in release builds: --build-arg BUILD_IMAGE=…@sha256:… --build-arg RUN_IMAGE=…@sha256:…
ARG BUILD_IMAGE=node:24-trixie-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
# The packages first: they change less often than the source.
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci", "--ignore-scripts", "--no-fund"]
COPY tsconfig.json ./
COPY .ci/build.ts .ci/bundle.ts .ci/sbom.ts .ci/
COPY docs/rules.md docs/
COPY src src
RUN ["npm", "run", "build"]
# The packages whose code is in the bundle: a bill of materials, and their licences.
RUN ["node", ".ci/sbom.ts"]

# No shell, no package manager: node and the libraries it needs.
FROM ${RUN_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="tollgate" \
      org.opencontainers.image.description="The admission gate of Kubernetes clusters with Calico and Linkerd" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
# Owned by root, so that the process could not change its own program even on a writable file system.
COPY --from=build --chown=0:0 /build/dist /app
ENV NODE_ENV=production
# By number, since runAsNonRoot cannot tell by name.
USER 65532:65532
EXPOSE 8443 9090
# Node itself is the first process: it gets SIGTERM and drains.
ENTRYPOINT ["/nodejs/bin/node", "/app/tollgate.mjs"]
CMD ["serve"]
