// Package mailbox is the one parser of user names, which are e-mail addresses.
//
// Parse decides what a new account may be called: the syntax of RFC 5321, section 4.1.2, without its quoted names and address
// literals, and with the letters of every script (RFC 6531, section 3.3). Typed and Find are for an account that exists: they take
// what a keyboard, a clipboard or another system makes of the address, and lead to the one account it means. Wire is the address
// that a mail server gets.
//
// The package never looks at what is stored, and never sends anything.
package mailbox
