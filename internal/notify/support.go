package notify

// Support is whom a message tells people to turn to. What is empty is not shown.
type Support struct {
	Name  string // "APS support"
	Phone string // as people read it
	Email string
}

// sentence is how to reach support.
func (s Support) sentence() string {
	if s.Phone != "" && s.Email != "" {
		return oneLine(s.Name + " on " + s.Phone + " or at " + s.Email)
	}
	return s.short()
}

// short is how to reach support in one way: the telephone if there is one.
func (s Support) short() string {
	switch {
	case s.Phone != "":
		return oneLine(s.Name + " on " + s.Phone)
	case s.Email != "":
		return oneLine(s.Name + " at " + s.Email)
	default:
		return oneLine(s.Name)
	}
}
