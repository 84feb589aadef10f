package manage

// notes are what pages say after a form.
func notes() map[string]string {
	all := map[string]string{
		"invited":     "The invitation is on its way.",
		"edited":      "Saved.",
		"access":      "Saved. If rights or apps were taken away, the person was signed out.",
		"signed-out":  "That session is signed out.",
		"requested":   "Your request is with APS. We email you the answer.",
		"withdrawn":   "The request is withdrawn.",
		"integration": "Saved.",
		"passkeys":    "Saved. Who needs a passkey and has none is told in time.",
	}
	for _, a := range actions() {
		all[a.command.Verb()] = a.done
	}
	return all
}
