// Package brand checks the looks that an app brings: its logo and its accent colour, as they are registered, and the logo of this
// installation.
//
// It owns what a logo may be (Logo) and how a colour is read, judged by contrast (WCAG 2.2, 1.4.3) and turned into a stylesheet
// (Colour). It never keeps what was uploaded: a logo is decoded, drawn anew and encoded, so that nothing but its pixels remains. It
// knows no store, no page and no request.
package brand
