package templates

import (
	"embed"
	"io/fs"
)

//go:embed pages
var pages embed.FS

//go:embed static
var static embed.FS

// Pages returns the page templates: layout*.gohtml and parts*.gohtml, which every page shares, and one file for each page: those
// of the sign-in under signin/ by the name of their step, those of an app in its own folder, with what they share in its
// parts.gohtml.
func Pages() (fs.FS, error) { return fs.Sub(pages, "pages") }

// Static returns the files that are served as they are.
func Static() (fs.FS, error) { return fs.Sub(static, "static") }
