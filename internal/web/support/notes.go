package support

// notes are what pages say after a form.
func notes() map[string]string {
	return map[string]string{
		"created":     "The practice is created.",
		"edited":      "Saved.",
		"suspended":   "The practice is suspended. Everybody was signed out.",
		"resumed":     "The practice is active again. People sign in anew.",
		"app-added":   "The app is enabled.",
		"app-removed": "The app is taken away, and people were signed out of it.",
		"mandatory":   "Saved.",
		"activated":   "MFA is activated. The next sign-in to any APS app asks for it.",
		"declined":    "The answer is on its way to whoever asked.",
		"opened":      "The case is open. The practice’s administrators and the person were told by email.",
		"sent":        "The code is on its way. Ask for it to be read out to you.",
		"checked":     "Recorded.",
		"submitted":   "A second member of staff can decide now. Tell a colleague.",
		"approved":    "Approved. Whoever opened the case has an hour to carry it out.",
		"refused":     "Refused. Nothing was changed for the person.",
		"performed":   "Done. The person and the practice’s administrators were told.",
		"closed":      "The case is closed. Nothing was changed for the person.",
	}
}
