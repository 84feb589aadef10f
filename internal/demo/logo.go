package demo

import "embed"

//go:embed logos
var logos embed.FS

// logo is the picture of the app, a PNG; nil if there is none.
func (s stage) logo() []byte {
	data, err := logos.ReadFile("logos/" + string(s.id) + ".png")
	if err != nil {
		return nil
	}
	return data
}
