package sqlstore

import (
	"slices"
	"testing"
	"time"
)

// BenchmarkLists answers every question of the pages over 10,000 people in one practice and 1,000 practices.
func BenchmarkLists(b *testing.B) {
	store, _ := large(b, nil)
	for _, q := range questions() {
		b.Run(q.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if err := q.ask(b.Context(), store); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/median")
		})
	}
}
