// Package web is the HTML edge: it renders the pages of package templates, and guards every request on the way in.
//
// It owns the Content-Security-Policy and the other headers of a page, the static files and their names, the limits of a
// posted form, the refusal of requests from other sites, and the one line each request leaves in the log. Its sub-packages
// are the surfaces, each with one page that lists its routes: steps is the sign-in. It decides nothing about people, proofs
// or protocol, and it sets no cookie: that is package browser.
//
// There are two layouts. The sign-in stands in a narrow card. The apps that people are signed in to have a [Shell] around them:
// a page gives Frame.Shell, and its template defines "main" as every page's does. A surface's pages live in a folder of
// templates/pages; what they share, in parts.gohtml of that folder. The pieces that all apps share stand in
// parts-app.gohtml, each with its Go type in shell.go:
//
//	{{template "badge" .}}    Badge: a short state in a list
//	{{template "pager" .}}    Pager: forward through a list, and back to its first page
//	{{template "menu" .}}     Menu: the [...] menu; an action that the visitor may not take is shown with the reason
//	{{template "confirm" .}}  Confirm: consequences, a reason, and the button that acts
//	{{template "area" .}}     Area: a field of several lines; one-line fields are Inputs, as in the sign-in
//	{{template "select" .}}   Options, one of them; {{template "checks" .}} several of them
//	{{template "moment" .}}   ClockTime of NewMoment or NewDay: with the name of its zone; a script writes it by the clock of a reader elsewhere
//
// A list is <div class="sheet"><table class="list">, which becomes cards on a narrow screen (data-label on the cells); facts
// are <dl class="facts">; a box is <section class="panel">, several side by side <div class="panels">; the drawer is
// <div class="split open" data-split> around <div class="pane"> and <aside class="drawer" tabindex="-1">, and links that only
// change the drawer carry data-drawer. Posted forms are read by [Form], which knows fields of several lines and boxes.
//
// It follows the Content Security Policy Level 3, Fetch Metadata, RFC 9110 (methods and statuses), RFC 6797 (HSTS) and
// WCAG 2.2 AA.
package web
