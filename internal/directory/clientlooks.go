package directory

import (
	"github.com/apscloud/apsid/internal/brand"
	"github.com/apscloud/apsid/internal/idp"
)

// checkLooks holds that an app's colour and logo are what package brand makes of them: nothing else gets into a page, a stylesheet or
// a mail.
func (n NewClient) checkLooks() error {
	var colour, logo error
	if n.Accent != "" {
		if _, err := brand.ParseAccent(n.Accent); err != nil {
			colour = idp.Invalid("accent_colour", "%s", err)
		}
	}
	if len(n.Logo) > 0 {
		if _, err := brand.Logo(n.Logo); err != nil {
			logo = idp.Invalid("logo", "%s", err)
		}
	}
	return idp.AllInvalid(colour, logo)
}

// drawn is a logo as it is kept. What is none stays as it is, for checkLooks to refuse.
func drawn(logo []byte) []byte {
	if len(logo) == 0 {
		return nil
	}
	made, err := brand.Logo(logo)
	if err != nil {
		return logo
	}
	return made
}

// picture names a picture by the beginning of its SHA-256.
func picture(data []byte) []string { return fingerprint(string(data)) }
