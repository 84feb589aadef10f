package brand

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Colour is an opaque colour of sRGB.
type Colour struct{ r, g, b uint8 }

var (
	white = Colour{255, 255, 255}
	black = Colour{}
	// darkCard and darkText are --card and --page of tokens.css in dark: what an accent stands on there, and the text on it.
	darkCard = Colour{0x18, 0x21, 0x24}
	darkText = Colour{0x0f, 0x16, 0x18}
)

// leastContrast is what text needs (WCAG 2.2, 1.4.3, level AA).
const leastContrast = 4.5

var colourPattern = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// ParseColour reads "#rrggbb", in small letters: there is one spelling of a colour, so what is stored, compared and served is the same.
func ParseColour(text string) (Colour, error) {
	if !colourPattern.MatchString(text) {
		return Colour{}, errors.New("must be a colour like #0b5761, in small letters")
	}
	n, err := strconv.ParseUint(text[1:], 16, 32)
	return Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, err
}

// ParseAccent reads the colour of an app: white text stands on it, so it must be dark enough. Its errors say what to do.
func ParseAccent(text string) (Colour, error) {
	c, err := ParseColour(text)
	if err != nil {
		return Colour{}, err
	}
	if ratio := c.Contrast(white); ratio < leastContrast {
		return Colour{}, fmt.Errorf("is too light: white text on it has a contrast of %.1f:1, and needs 4.5:1; %s would do", math.Floor(ratio*10)/10, c.until(black, white))
	}
	return c, nil
}

// String is the colour as ParseColour reads it.
func (c Colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b) }

// Contrast is the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
func (c Colour) Contrast(other Colour) float64 {
	light, dark := c.luminance(), other.luminance()
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

// luminance is the relative luminance of WCAG 2.2.
func (c Colour) luminance() float64 {
	linear := func(channel uint8) float64 {
		v := float64(channel) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// mix moves the colour towards another, by a share from 0 to 1.
func (c Colour) mix(to Colour, share float64) Colour {
	step := func(from, to uint8) uint8 {
		return uint8(math.Round(float64(from) + (float64(to)-float64(from))*share))
	}
	return Colour{step(c.r, to.r), step(c.g, to.g), step(c.b, to.b)}
}

// until moves the colour towards another until it has enough contrast on a ground.
func (c Colour) until(to, ground Colour) Colour {
	for percent := range 100 {
		if moved := c.mix(to, float64(percent)/100); moved.Contrast(ground) >= leastContrast {
			return moved
		}
	}
	return to
}

// ForDark is the same colour for dark pages: light enough to stand out there.
func (c Colour) ForDark() Colour { return c.until(white, darkCard) }

// Stylesheet sets the tokens of the app (tokens.css) to the colour, in both lights. It is made of numbers alone: nothing of a
// registration's text gets into it.
func (c Colour) Stylesheet() []byte {
	dark := c.ForDark()
	return fmt.Appendf(nil, ":root{--app:%s;--app-strong:%s;--on-app:%s}\n@media (prefers-color-scheme:dark){:root{--app:%s;--app-strong:%s;--on-app:%s}}\n",
		c, c.mix(black, 0.25), white, dark, dark.mix(white, 0.25), darkText)
}
