package notify

import (
	"bytes"
	"context"
	"math"
	"regexp"
	"strconv"

	"github.com/apscloud/apsid/internal/idp"
)

// accent is the colour of a brand that has none.
const accent = "#0b5761"

// maxLogo is how large a logo may be inside a mail, in bytes.
const maxLogo = 64 << 10

// Brand is whose name, colour and logo a mail bears: those of the app that it is about. A mail about none bears the service's name.
type Brand struct {
	Name   string
	Accent string // "#rrggbb"; "": our own
	Logo   []byte // PNG, shown as a square; nil: the name alone
}

// Brands knows the apps that mails are about.
type Brands interface {
	// FindBrand returns that of the app. After an error the mail bears the app's name alone.
	FindBrand(ctx context.Context, app idp.ClientID) (Brand, error)
}

// OnAccent is the colour, black or white, that is read more easily on the accent: at least 4.5:1 on any (WCAG 2.2, 1.4.3).
func (b Brand) OnAccent() string {
	const middle = 0.179 // of this relative luminance, black and white contrast alike
	if luminance(b.Accent) > middle {
		return "#000000"
	}
	return "#ffffff"
}

// usable returns the brand with what a mail can show of it. Without a name it has that of the service.
func (b Brand) usable(service string) Brand {
	b.Name = nameOf(b.Name)
	if b.Name == "" {
		b.Name = service
	}
	if !regexp.MustCompile(`^#[0-9a-fA-F]{6}$`).MatchString(b.Accent) {
		b.Accent = accent
	}
	if len(b.Logo) > maxLogo || !bytes.HasPrefix(b.Logo, []byte("\x89PNG\r\n\x1a\n")) {
		b.Logo = nil
	}
	return b
}

// luminance is the relative luminance of a colour "#rrggbb" (WCAG 2.2).
func luminance(colour string) float64 {
	channel := func(at int) float64 {
		value, err := strconv.ParseUint(colour[at:at+2], 16, 8)
		if err != nil {
			return 0 // can't happen: usable has checked the colour
		}
		share := float64(value) / math.MaxUint8
		if share <= 0.04045 {
			return share / 12.92
		}
		return math.Pow((share+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(1) + 0.7152*channel(3) + 0.0722*channel(5)
}

// brandOf returns the brand of the notice. A mail goes out even if the app can't be read now.
func (n *Notices) brandOf(ctx context.Context, notice idp.Notice) Brand {
	service := n.words.service
	plain := Brand{Name: notice.App}.usable(service)
	if notice.Client == "" {
		return plain
	}
	brand, err := n.brands.FindBrand(ctx, notice.Client)
	if err != nil {
		n.log.WarnContext(ctx, "notice without the brand of its app", "client", notice.Client, "error", err)
		return plain
	}
	return brand.usable(service)
}
