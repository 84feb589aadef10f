package config

import "strings"

// nearest returns the name that is least far from a mistyped one; "" if all are too far for that to be what was meant.
func nearest(name string, known []string) string {
	best, least := "", len(name)/2+1
	for _, candidate := range known {
		if d := distance(name, candidate); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance counts the letters that have to be added, left out or changed to get from one text to the other (Levenshtein distance).
// Case, and what stands between words, makes no difference.
func distance(from, to string) int {
	a, b := letters(from), letters(to)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// letters leaves out the characters that are easily mistaken for each other.
func letters(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || c == '.' || c == ' ' {
			return -1
		}
		return c
	}, strings.ToLower(s))
}
