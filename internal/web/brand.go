package web

import (
	"image"

	"github.com/apscloud/apsid/internal/brand"
)

// Brand is how the service is called and looks.
type Brand struct {
	Name string
	Logo []byte // a PNG or JPEG, as it was given; empty: our own mark
}

// shownBrand is the brand as templates show it.
type shownBrand struct {
	Name string
	Own  bool        // the mark and the name are our own
	Logo string      // the name of a static file; "": our own mark
	Size image.Point // in CSS pixels
}

const (
	ownBrand   = "APS ID"
	brandLogo  = "brand.png"
	brandHigh  = 40  // CSS pixels
	brandWidth = 240 // CSS pixels
)

// show adds the brand's logo to the static files.
func (b Brand) show(assets *Assets) (shownBrand, error) {
	if b.Name == "" {
		b.Name = ownBrand
	}
	shown := shownBrand{Name: b.Name, Own: b.Name == ownBrand && len(b.Logo) == 0}
	if len(b.Logo) == 0 {
		return shown, nil
	}
	made, size, err := brand.Banner(b.Logo)
	if err != nil {
		return shown, err
	}
	shown.Logo, shown.Size = brandLogo, size
	if size.Y > brandHigh {
		shown.Size = image.Pt(max(1, size.X*brandHigh/size.Y), brandHigh)
	}
	if shown.Size.X > brandWidth {
		shown.Size = image.Pt(brandWidth, max(1, size.Y*brandWidth/size.X))
	}
	return shown, assets.add(brandLogo, made)
}
