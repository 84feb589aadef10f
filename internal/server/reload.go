package server

import (
	"context"
	"log/slog"

	"github.com/apscloud/apsid/internal/config"
)

// Reload takes over what may change while a node runs: the keyset in its file, and the level of the log. What else differs in c needs a
// restart.
func (s *Server) Reload(ctx context.Context, c config.Node) error {
	s.services.sealKeys.reload(ctx)
	if s.level == nil {
		return nil
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log().Level)); err != nil {
		return err
	}
	s.level.Set(level)
	return nil
}
