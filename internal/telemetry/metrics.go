package telemetry

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/apscloud/apsid/internal/idp"
)

// Metrics is what the program counts.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	events   *prometheus.CounterVec
	messages *prometheus.HistogramVec
	logouts  *prometheus.HistogramVec
	ended    *prometheus.CounterVec
	limits   *prometheus.CounterVec
	unlisted prometheus.Counter
	answered sync.Map // of answered: the series of requests like it, so that a request does not look for it by its labels
}

// answered is what the requests of one series have in common.
type answered struct {
	route, method string
	status        int
}

// NewMetrics returns metrics on a registry of their own, with those of the Go runtime and the process.
func NewMetrics() (*Metrics, error) {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "apsid_http_request_duration_seconds",
			Help:    "How long requests took, by the pattern of their route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"route", "method", "status"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "apsid_audit_events_total",
			Help: "Audit events that were written: sign-ins and their outcomes, codes sent and accepted, locks, resets.",
		}, []string{"type", "result"}),
		messages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "apsid_sms_send_duration_seconds",
			Help:    "How long the provider took to take a text message, by result: sent, or the code of the error.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"result"}),
		logouts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "apsid_backchannel_logout_duration_seconds",
			Help:    "How long apps took to be told that a session has ended, by result: delivered, failed (tried again) or given_up.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"result"}),
	}
	m.ended = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "apsid_sessions_ended_total",
		Help: "Sessions of people at apps that ended, by reason: idle, lifetime, logout or revoked.",
	}, []string{"reason"})
	m.limits = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "apsid_limits_reached_total",
		Help: "Requests that a limit refused, by the name of the limit (--limit).",
	}, []string{"limit"})
	m.unlisted = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "apsid_breached_list_failures_total",
		Help: "Passwords that were judged without the list of breached passwords, because it could not be read.",
	})
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.events, m.messages, m.logouts, m.ended, m.limits, m.unlisted,
	} {
		if err := m.registry.Register(c); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	return m, nil
}

// Gauge adds a value that is read whenever the metrics are read.
func (m *Metrics) Gauge(name, help string, read func() float64) error {
	gauge := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
	if err := m.registry.Register(gauge); err != nil {
		return fmt.Errorf("metrics: %s: %w", name, err)
	}
	return nil
}

// Count adds a number that only grows, and is read whenever the metrics are read.
func (m *Metrics) Count(name, help string, read func() float64) error {
	count := prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read)
	if err := m.registry.Register(count); err != nil {
		return fmt.Errorf("metrics: %s: %w", name, err)
	}
	return nil
}

// Request records an answered request. Route is the pattern it matched ("" if none), never its path.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	of := answered{route, knownMethod(method), status}
	series, found := m.answered.Load(of)
	if !found { // patterns, methods and statuses are few
		series, _ = m.answered.LoadOrStore(of, m.requests.WithLabelValues(route, of.method, strconv.Itoa(status)))
	}
	series.(prometheus.Observer).Observe(took.Seconds())
}

// Event counts a written audit event.
func (m *Metrics) Event(kind idp.EventType, result idp.Result) {
	m.events.WithLabelValues(string(kind), string(result)).Inc()
}

// Message records an attempt to send a text message.
func (m *Metrics) Message(result string, took time.Duration) {
	m.messages.WithLabelValues(result).Observe(took.Seconds())
}

// Logout records a try to tell an app that one of its sessions has ended.
func (m *Metrics) Logout(result string, took time.Duration) {
	m.logouts.WithLabelValues(result).Observe(took.Seconds())
}

// SessionEnded counts the end of a session.
func (m *Metrics) SessionEnded(reason idp.EndReason) { m.ended.WithLabelValues(string(reason)).Inc() }

// LimitReached counts a request that a limit refused.
func (m *Metrics) LimitReached(name idp.LimitName) { m.limits.WithLabelValues(string(name)).Inc() }

// BreachedListFailed counts a password that was judged without the list of breached passwords.
func (m *Metrics) BreachedListFailed() { m.unlisted.Inc() }

// Handler serves the metrics in the Prometheus text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// knownMethod folds methods that a caller made up into one.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return method
	default:
		return "other"
	}
}
