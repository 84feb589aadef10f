package web

import (
	"net/http"
	"time"
)

// Patient gives a browser that keeps reading the time that a long answer takes. The clock is the machine's.
func Patient(w http.ResponseWriter, clock func() time.Time) http.ResponseWriter {
	return &patient{ResponseWriter: w, control: http.NewResponseController(w), clock: clock}
}

type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	clock   func() time.Time
}

// perWrite is how long one part of the answer may take.
const perWrite = 30 * time.Second

// Write sends a part.
func (p *patient) Write(part []byte) (int, error) {
	_ = p.control.SetWriteDeadline(p.clock().Add(perWrite)) // an error means that the connection has no deadlines to move
	return p.ResponseWriter.Write(part)
}
