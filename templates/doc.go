// Package templates holds what people read: the pages as html/template files, the static files they use, and the words of
// e-mails and text messages. It embeds them and does nothing else: package web parses and renders the pages, package
// notify the messages.
//
// Its pages follow WCAG 2.2 AA and a Content-Security-Policy without 'unsafe-inline': no style attribute, no inline
// script, no event handler. Every page works without JavaScript; static/enhance.js only adds comfort.
package templates
