package config

import "time"

// Life says how a node starts and stops.
type Life struct {
	StartWait     time.Duration `default:"60s" help:"How long to wait at the start for stores that do not answer, and for a schema that is behind; 0: not at all."`
	ShutdownPause time.Duration `default:"5s" help:"How long a node that is told to stop still serves, while /readyz says that it stops: longer than a load balancer takes to notice."`
	ShutdownDrain time.Duration `default:"10s" help:"How long requests may take to finish after that."`
}

func (l Life) check() error {
	switch {
	case l.StartWait < 0 || l.StartWait > time.Hour:
		return problem("start-wait", l.StartWait.String(), "must be between 0s and 1h")
	case l.ShutdownPause < 0 || l.ShutdownPause > 10*time.Minute:
		return problem("shutdown-pause", l.ShutdownPause.String(), "must be between 0s and 10m")
	case l.ShutdownDrain < 0 || l.ShutdownDrain > 10*time.Minute:
		return problem("shutdown-drain", l.ShutdownDrain.String(), "must be between 0s and 10m")
	}
	return nil
}
