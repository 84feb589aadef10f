package server

import (
	"io"
	"net/http"
	"strings"
)

// alive answers that the process runs.
func alive(w http.ResponseWriter, _ *http.Request) { answerHealth(w, http.StatusOK, "ok\n") }

// ready answers whether this node may get traffic, and with ?verbose what it found out about each thing that it needs.
func (r *readiness) ready(w http.ResponseWriter, req *http.Request) {
	found := r.find(req.Context())
	text, status := "ok\n", http.StatusOK
	if fault := found.fault(); fault != "" {
		text, status = fault+"\n", http.StatusServiceUnavailable
	}
	if req.URL.Query().Has("verbose") {
		text += found.String()
	}
	answerHealth(w, status, text)
}

func answerHealth(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// findings is what a node found out about what it needs.
type findings []finding

// fault says in one line why this node may get no traffic; "" if it may.
func (f findings) fault() string {
	var own []string
	for _, one := range f {
		if one.own {
			own = append(own, one.name+": "+one.text)
		}
	}
	return strings.Join(own, "; ")
}

// String has a line for each.
func (f findings) String() string {
	var lines strings.Builder
	for _, one := range f {
		lines.WriteString(one.name + ": " + one.text)
		if one.took > 0 {
			lines.WriteString(" (" + one.took.String() + ")")
		}
		lines.WriteString("\n")
	}
	return lines.String()
}
