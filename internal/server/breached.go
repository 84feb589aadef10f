package server

import (
	"log/slog"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/telemetry"
)

// listedIn is the list of breached passwords in the file. A look-up that fails is logged and counted, and the password is judged
// without the list.
func listedIn(path string, metrics *telemetry.Metrics, log *slog.Logger) authenticator.Listed {
	return authenticator.Listed{Path: path, Failed: func(err error) {
		metrics.BreachedListFailed()
		log.Error("a password was not looked up in the list of breached passwords", "error", err)
	}}
}
