package config

import (
	"strconv"
	"time"
)

// leastRetention is in months: the ATO's framework for digital service providers asks for the logs of a year (DSP Operational Security
// Framework, audit logging).
const leastRetention = 12

// Retention is how long the audit trail stays in the database.
type Retention struct {
	AuditRetention int `default:"84" help:"For how many months events stay in the database; at least 12."`
}

// Until returns the day before which events may leave. Its errors are of type *Problem.
func (r Retention) Until(now time.Time) (time.Time, error) {
	if r.AuditRetention < leastRetention {
		return time.Time{}, problem("audit-retention", strconv.Itoa(r.AuditRetention), "must be %d months at least", leastRetention)
	}
	year, month, day := now.UTC().Date()
	return time.Date(year, month-time.Month(r.AuditRetention), day, 0, 0, 0, 0, time.UTC), nil
}
