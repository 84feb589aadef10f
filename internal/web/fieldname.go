package web

import "strings"

// fieldName is the subject of a sentence about a field that begins with its verb: "must not be empty".
func fieldName(field string) string {
	if name, known := fieldNames()[field]; known {
		return name
	}
	name, _, _ := strings.Cut(field, "/")
	return "The " + strings.ReplaceAll(name, "_", " ")
}

// fieldNames are the fields whose labels are other words than their names in package directory.
func fieldNames() map[string]string {
	return map[string]string{
		"label": "The name", "roles": "The rights", "blocked_apps": "The apps", "username": "The email address", "current_password": "The password", "new_password": "The password",
		"totp_key": "The key", "phone": "The telephone number", "region": "The country", "mfa": "MFA", "people": "The list of people",
		"secret_expires_at": "The end of the secret", "expires_at": "The end of the secret", "old_ends_at": "The end of the older secret",
		"review_at": "The day of the review", "session_idle_timeout": "The time of inactivity",
	}
}
