package templates

import "embed"

//go:embed mail sms
var messages embed.FS

// Messages returns the words of e-mails, under mail/ by the kind of notice (a .txt with subject and text, a .gohtml with the
// same in HTML, each inside its layout), and of text messages, under sms/.
func Messages() embed.FS { return messages }
