// Package notify sends messages to people: text messages through Amazon SNS, e-mail through SMTP; and it words them,
// from the templates in templates/mail and templates/sms. Inbox stands in for both in the demo.
//
// It decides nothing: whether a message may go is for the limits before it, when one is tried again for the outbox. It logs
// neither numbers, addresses nor texts, and the errors it returns quote no provider that might. Nothing that an attacker can
// choose, such as a browser's name, gets into a message as it came; no e-mail holds a code, a PIN or a link.
//
// It follows the Amazon SNS API (Publish), RFC 5321 and RFC 5322 (mail), RFC 3834 (automatic mail), RFC 8314 (TLS for mail),
// 3GPP TS 23.038 (the alphabet of text messages) and the WICG report on origin-bound one-time codes.
package notify
