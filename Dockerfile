# Veil in a container, for use with a real issuer (OIDC_ISSUER). Demo mode refuses to run here, as it should.
#
# This file was NOT built or run where it was written. Try it before you rely on it.
#
#   docker build -t veil .
#   docker run --rm -e OIDC_ISSUER=https://id.example.org -v veil-keys:/keys veil node src/main.ts keys init
#   docker run --init -p 8443:8443 -v veil-data:/data -v veil-keys:/keys -v ./tls:/tls:ro \
#     -e PORT=8443 -e BASE_URL=https://fhir.example.org/fhir -e OIDC_ISSUER=https://id.example.org \
#     -e TLS_CERT_FILE=/tls/cert.pem -e TLS_KEY_FILE=/tls/key.pem veil
#
# Behind a proxy that ends TLS, give TRUST_PROXY (its hops or networks) instead of the TLS files.
FROM node:24-slim

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATABASE_URL=sqlite:/data/veil.db \
    KEYRING_FILE=/keys/keyring.json

WORKDIR /app

# The image has Node 24 itself, so the optional packages that bring it are left out.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

COPY LICENSE openapi.yaml ./
COPY src ./src
COPY profiles ./profiles

# Keys in a volume apart from the records: they are backed up apart.
RUN mkdir -m 0700 /data /keys && chown node:node /data /keys
VOLUME ["/data", "/keys"]
USER node

EXPOSE 8080

# The server talks to itself, so the name in its own certificate does not matter here. With TLS_CLIENT_CA_FILE
# every client needs a certificate, and so this check fails: replace it by one of your own.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "--no-warnings", "-e", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; const scheme = process.env.TLS_CERT_FILE ? 'https' : 'http'; fetch(`${scheme}://127.0.0.1:${process.env.PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

CMD ["node", "src/main.ts", "serve"]
