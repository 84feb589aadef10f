package redisstore

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// LogTo sends what the Redis library has to say of its connections to log, as warnings. The library has one logger for the
// whole process and writes to standard error until it is given one; so this is for the composition to call, once.
func LogTo(log *slog.Logger) { redis.SetLogger(logger{log}) }

type logger struct{ log *slog.Logger }

func (l logger) Printf(ctx context.Context, format string, args ...any) {
	l.log.WarnContext(ctx, "redis connection", "detail", fmt.Sprintf(format, args...))
}
