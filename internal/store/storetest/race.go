package storetest

import "sync"

// Racers is how many goroutines go for one thing at once.
const Racers = 50

// Race runs fn in many goroutines at once and returns their errors.
func Race(fn func(n int) error) []error {
	errs := make([]error, Racers)
	start := make(chan struct{})
	var all sync.WaitGroup
	for n := range Racers {
		all.Go(func() {
			<-start
			errs[n] = fn(n)
		})
	}
	close(start)
	all.Wait()
	return errs
}
