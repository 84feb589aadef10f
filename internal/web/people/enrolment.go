package people

import "github.com/apscloud/apsid/internal/web"

// Enrolment is an enrolment code that is to be read out, as the template "enrolment-code-page" shows it: once.
type Enrolment struct {
	Name  string // of the person
	Code  string
	Until web.ClockTime
	Back  string
}
