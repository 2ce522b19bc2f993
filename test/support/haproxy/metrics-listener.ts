/** The port of the listener in metricsText(). */
export const METRICS_PORT = 8088;

/** Returns the lines that Octavia's templates add for a PROMETHEUS listener. */
export const metricsText = (vip: string): string => `
frontend prometheus-exporter-internal-endpoint
    bind 127.0.0.1:9101
    mode http
    no log
    http-request use-service prometheus-exporter if { path /metrics }
    http-request reject
    timeout http-request 5s
    timeout client 5s
backend prometheus-exporter-internal
    mode http
    no log
    balance first
    timeout connect 5s
    timeout server 5s
    server prometheus-internal 127.0.0.1:9102

frontend 2f0a6c1e-7a1b-4f6e-9d55-0c1a5e9b7a11
    maxconn 4000
    bind ${vip}:${METRICS_PORT}
    mode http
    timeout client 50000
    default_backend prometheus-exporter-internal
`;
