// Package notify sends messages to people: text messages through Amazon SNS, e-mail through SMTP; and it words them,
// from the templates in templates/mail and templates/sms. Inbox stands in for both in the demo.
//
// Every e-mail is one letter: what happened, when, where and by whom, what to do if it was not its reader, in the brand of the app it
// is about. Its text and its HTML are made from the same facts, by one layout. It loads nothing, so that nobody learns who reads it and
// when, and its links lead to the issuer alone; those that do something work once.
//
// It decides nothing: whether a message may go is for the limits before it, when one is tried again for the outbox. It logs
// neither numbers, addresses nor texts, and the errors it returns quote no provider that might. Nothing that an attacker can
// choose, such as a browser's name, gets into a message as it came; no e-mail holds a security code or a PIN.
//
// It follows the Amazon SNS API (Publish), RFC 5321 and RFC 5322 (mail), RFC 2392 (cid:), RFC 3834 (automatic mail), RFC 8314 (TLS for mail),
// 3GPP TS 23.038 (the alphabet of text messages) and the WICG report on origin-bound one-time codes.
package notify
