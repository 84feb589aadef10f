package authenticator

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode/qr"
)

const (
	qrQuiet    = 4   // modules of white around the symbol (ISO/IEC 18004, section 9.1)
	qrLeast    = 240 // pixels of a side, at least
	qrLeastDot = 4   // pixels of a module, at least
)

// QRCode draws the link as a PNG: black on white whatever the page's colours, every module a whole number of pixels. It is an
// error if the link is too long for a QR code (about 2,300 bytes).
func QRCode(link string) ([]byte, error) {
	symbol, err := qr.Encode(link, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	modules := symbol.Bounds().Dx() + 2*qrQuiet
	dot := max((qrLeast+modules-1)/modules, qrLeastDot)

	picture := image.NewPaletted(image.Rect(0, 0, modules*dot, modules*dot), color.Palette{color.White, color.Black})
	for y := range picture.Rect.Dy() {
		for x := range picture.Rect.Dx() {
			at := image.Pt(x/dot-qrQuiet, y/dot-qrQuiet)
			if at.In(symbol.Bounds()) && symbol.At(at.X, at.Y) == color.Black {
				picture.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return out.Bytes(), nil
}
