package adminapi

// example is a body as the document shows it. Each is sent in a test, with the names below replaced by ones that exist there.
type example map[string]any

// The names in examples.
const (
	exampleApp      = "contacts"
	examplePractice = "prc_harbour"
	exampleUser     = "usr_mia"
)
