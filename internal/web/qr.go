package web

import (
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"strings"
)

// Scan is what the template "scan" shows to set up an authenticator app.
type Scan struct {
	QR   template.URL // the link as a picture
	Link template.URL // otpauth://
	Key  string       // in groups of four
}

// NewScan draws the link. The template trusts both addresses, so NewScan checks them.
func NewScan(link, key string, draw func(link string) (png []byte, err error)) (Scan, error) {
	if !strings.HasPrefix(link, "otpauth://totp/") {
		return Scan{}, errors.New("set-up link is no otpauth link")
	}
	png, err := draw(link)
	if err != nil {
		return Scan{}, fmt.Errorf("draw the QR code: %w", err)
	}
	return Scan{
		Key:  key,
		Link: template.URL(link),                                                              // #nosec G203: the prefix was checked
		QR:   template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)), // #nosec G203: base64
	}, nil
}
