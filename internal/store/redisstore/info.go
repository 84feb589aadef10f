package redisstore

import (
	"context"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// KeepsAll is the maxmemory-policy of a server that refuses to write when its memory is full, and deletes nothing.
const KeepsAll = "noeviction"

// infoOf reads what a server says with INFO: hosted services refuse CONFIG. It is empty where the server refuses INFO too.
func infoOf(ctx context.Context, server redis.Cmdable) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	text, _ := server.Info(ctx).Result()
	info := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		info[name] = value
	}
	return info
}

// part is used of most, both as text; 0 if there is no most.
func part(used, most string) float64 {
	u, _ := strconv.ParseFloat(used, 64)
	m, _ := strconv.ParseFloat(most, 64)
	if m <= 0 {
		return 0
	}
	return u / m
}

// Major is the first number of a version; 0 if there is none.
func Major(version string) int {
	first, _, _ := strings.Cut(version, ".")
	number, _ := strconv.Atoi(first)
	return number
}

func older(one, other string) bool { return one != "" && Major(one) < Major(other) }
