// Package telemetry sets up what the people who run APS ID look at: structured logs and Prometheus metrics.
//
// Secrets are typed (idp.Secret) and print as redacted by themselves; the logger here redacts attributes that are named like
// secrets as a second line of defence. It keeps no global state: loggers and registries are values that are passed on. It
// never labels a metric with anything a client can choose (a path, a user name, an unknown client), because each new
// value costs memory for ever.
package telemetry
