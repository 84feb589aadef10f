package web

import (
	"strconv"
	"strings"
)

// Number writes a number for people: "10,000".
func Number[N ~int | ~int64](n N) string {
	const group = 3
	text := strconv.FormatInt(int64(n), 10)
	sign := ""
	if n < 0 {
		sign, text = "-", text[1:]
	}
	var parts []string
	for len(text) > group {
		parts = append([]string{text[len(text)-group:]}, parts...)
		text = text[:len(text)-group]
	}
	return sign + strings.Join(append([]string{text}, parts...), ",")
}

// Counted writes a number with the name of what it counts: "1 person", "12 people".
func Counted[N ~int | ~int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}
