package redisstore

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// LogTo makes the Redis library write to log, as warnings, what it reports of its connections. The library has one logger for
// the whole process, and writes to standard error until it is given one; so a program calls this once, when it starts.
func LogTo(log *slog.Logger) { redis.SetLogger(logger{log}) }

// logger is the library's interface for loggers, over log/slog.
type logger struct{ log *slog.Logger }

// Printf implements the library's interface.
func (l logger) Printf(ctx context.Context, format string, args ...any) {
	l.log.WarnContext(ctx, "redis connection", "detail", fmt.Sprintf(format, args...))
}
