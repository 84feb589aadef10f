// Package web is the HTML edge: it renders the pages of package templates, and guards every request on the way in.
//
// It owns the Content-Security-Policy and the other headers of a page, the static files and their names, the limits of a
// posted form, the refusal of requests from other sites, and the one line each request leaves in the log. Its sub-packages
// are the surfaces, each with one page that lists its routes: steps is the sign-in. It decides nothing about people, proofs
// or protocol, and it sets no cookie: that is package browser.
//
// It follows the Content Security Policy Level 3, Fetch Metadata, RFC 9110 (methods and statuses), RFC 6797 (HSTS) and
// WCAG 2.2 AA.
package web
