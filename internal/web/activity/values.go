package activity

import (
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// Factors words authentication methods (RFC 8176) that stand with spaces between them: "password and authenticator app".
func Factors(amr string) string {
	var names []string
	for _, method := range strings.Fields(amr) {
		if name := factors[idp.AMR(method)]; name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, " and ")
}

// factors are the methods that people know. That there were several (mfa) is seen by their number.
var factors = map[idp.AMR]string{idp.AMRPassword: "password", idp.AMROTP: "authenticator app", idp.AMRSMS: "text message"}

// value words a detail. What people have typed, and identifiers, stay as they are.
func value(key, text string) string {
	switch key {
	case "by":
		if known, ok := sentences[idp.EventType(text)]; ok {
			return lower(known.done)
		}
		return strings.ReplaceAll(text, "_", " ")
	case "type":
		for _, choice := range Types() {
			if choice.Value == text {
				return choice.Label
			}
		}
		return text
	case "kind", "roles", "action", "check", "result", "sent", "proofs", "proof", "mfa", "limit", "missing", "from", "until", "mfa_required_from", "phishing_resistance_from", "phishing_resistance_administrators_from", "fapi2_from":
		return strings.Join(worded(strings.Fields(text)), " ")
	default:
		return text
	}
}

// worded replaces the codes among the words of a value, such as an old and a new one with an arrow between them.
func worded(fields []string) []string {
	for i, field := range fields {
		if known, ok := codes[field]; ok {
			fields[i] = known
		} else if !strings.ContainsAny(field, ":/@") {
			fields[i] = strings.NewReplacer("_", " ").Replace(field)
		}
	}
	return fields
}

// codes are the values whose words are not the code with spaces.
var codes = map[string]string{
	string(idp.KindTOTP): "authenticator app", string(idp.KindSMS): "text message", string(idp.KindPasskey): "passkey", string(idp.CaseResetMFA): "reset MFA",
	string(idp.RoleUserManagement): "User Management+", string(idp.RoleSystemAdministrator): "System Administrator", string(idp.RoleAPSStaff): "APS staff",
	string(idp.CaseGrantUserManagement): "give User Management+ access", string(idp.ProofPIN): "recovery PIN",
}
