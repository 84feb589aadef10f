package templates

import "embed"

//go:embed mail sms
var messages embed.FS

// Messages returns the words of e-mails, under mail/ by the kind of notice (the parts of a letter: subject, what, next, not you, and the
// label of its button), with what all have in common.txt and the form of every letter in HTML in layout.gohtml; and those of text
// messages, under sms/.
func Messages() embed.FS { return messages }
