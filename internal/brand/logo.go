package brand

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// Bounds of a logo.
const (
	MaxUpload = 1 << 20 // bytes, as they are given
	maxSide   = 2048    // pixels, as they are given: what decoding costs is bounded before it begins
	side      = 96      // pixels, as it is kept: twice what a page shows it at
	banner    = 480     // pixels: how wide the logo above all pages may be
	maxStored = 20_000  // bytes, as it is kept: a sign-in page has a budget
)

// Logo returns a picture as it is kept and shown: a PNG of at most 96 pixels a side, made of the pixels of the given PNG or JPEG, and
// of nothing else that stood in the file. A logo that was made like this comes out as it is. Its errors are words for the one
// who gave it.
func Logo(data []byte) ([]byte, error) {
	made, _, err := draw(data, side)
	return made, err
}

// Banner is Logo for the one that stands above all pages, which may be up to 480 pixels wide. It returns its size too.
func Banner(data []byte) (made []byte, size image.Point, err error) { return draw(data, banner) }

func draw(data []byte, widest int) ([]byte, image.Point, error) {
	made, err := fitted(data, widest)
	if err != nil {
		return nil, image.Point{}, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, made); err != nil { // the best compression takes ten times as long for a picture of few colours
		return nil, image.Point{}, errors.New("has no pixels")
	}
	if out.Len() > maxStored {
		return nil, image.Point{}, errors.New("has too much detail for a logo: when it is drawn at the size it is shown, 20 kB are the most; take one with fewer colours")
	}
	return out.Bytes(), made.Bounds().Size(), nil
}

func fitted(data []byte, widest int) (*image.NRGBA, error) {
	if len(data) > MaxUpload {
		return nil, errors.New("must not be larger than 1 MB")
	}
	decode, config := decoderOf(data)
	if decode == nil {
		return nil, errors.New("must be a PNG or JPEG picture; an SVG can carry scripts: export it as PNG")
	}
	size, err := config(bytes.NewReader(data))
	if err != nil {
		return nil, errors.New("can't be read as a picture")
	}
	if size.Width > maxSide || size.Height > maxSide {
		return nil, errors.New("must not be wider or higher than 2048 pixels")
	}
	picture, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, errors.New("can't be read as a picture")
	}
	return fit(picture, widest), nil
}

// decoderOf goes by the first bytes, never by a name or a declared type.
func decoderOf(data []byte) (decode func(r *bytes.Reader) (image.Image, error), config func(r *bytes.Reader) (image.Config, error)) {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) },
			func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) }
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) },
			func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) }
	default:
		return nil, nil
	}
}

// fit draws the picture with its proportions, so wide and 96 pixels high at most. Each new pixel is the mean of those that it covers.
func fit(picture image.Image, widest int) *image.NRGBA {
	from := picture.Bounds()
	width, height := from.Dx(), from.Dy()
	if width > widest {
		width, height = widest, max(1, height*widest/width)
	}
	if height > side {
		width, height = max(1, width*side/height), side
	}
	to := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			to.Set(x, y, mean(picture, image.Rect(
				from.Min.X+x*from.Dx()/width, from.Min.Y+y*from.Dy()/height, from.Min.X+(x+1)*from.Dx()/width, from.Min.Y+(y+1)*from.Dy()/height,
			)))
		}
	}
	return to
}

// mean is the mean colour of an area, weighed by opacity. One pixel is itself.
func mean(picture image.Image, area image.Rectangle) color.Color {
	if area.Dx() == 1 && area.Dy() == 1 {
		return picture.At(area.Min.X, area.Min.Y)
	}
	var r, g, b, a, n uint64
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			red, green, blue, alpha := picture.At(x, y).RGBA() // premultiplied
			r, g, b, a, n = r+uint64(red), g+uint64(green), b+uint64(blue), a+uint64(alpha), n+1
		}
	}
	return color.RGBA64{uint16(r / n), uint16(g / n), uint16(b / n), uint16(a / n)}
}
