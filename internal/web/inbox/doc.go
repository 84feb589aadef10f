// Package inbox shows the messages that a demo, or a node with --sms=inbox, keeps instead of sending them: a list, each e-mail as its
// reader's mail program would show it, and all of them as JSON for tools.
//
// An e-mail in HTML is a document of its own, in a frame that runs no script, loads nothing and sends no form (HTML Standard, sandboxing;
// Content Security Policy Level 3). The package words no message and sends none.
package inbox
