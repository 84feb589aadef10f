package idp

import (
	"slices"
	"strings"
)

// OneLine is the text of an error in one line. What several joined errors say is set apart by semicolons, and what they all say is said
// once.
func OneLine(err error) string {
	var parts []string
	for line := range strings.Lines(err.Error()) {
		part := strings.Join(strings.Fields(line), " ")
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.ReplaceAll(strings.Join(parts, "; "), ":; ", ": ")
}
