package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web/account"
	"github.com/apscloud/apsid/internal/web/manage"
	"github.com/apscloud/apsid/internal/web/support"
)

// Every command has a row for every surface: "" where the surface offers it, and the reason where it does not. A new command
// fails here until each surface has its row.
type rows map[policy.Command]string

// Why a surface does not offer a command.
const (
	byHand    = "people give it, on a page"
	byPerson  = "the owner of the account gives it, signed in or by a link"
	byProgram = "operators give it, over the API or the command line"
	byShell   = "it brings in what another system or the demo has: the server's own command line gives it"
	byStart   = "a node gives it when it starts"
	byAnswer  = "it answers what people ask for, and is no state that a file could hold"
	byFile    = "apply and import give it"
	bySecret  = "a file holds no secrets"
)

func pageRows() rows {
	return rows{
		policy.CommandInviteUser: "", policy.CommandResendInvite: "", policy.CommandRevokeInvite: "", policy.CommandResendConfirmation: "", policy.CommandEditUser: "",
		policy.CommandDisableUser: "", policy.CommandEnableUser: "", policy.CommandUnlockUser: "", policy.CommandSendPasswordReset: "",
		policy.CommandRemindMFA: "", policy.CommandResetMFA: "", policy.CommandEndSession: "", policy.CommandEnrolmentCode: "",
		policy.CommandCreatePractice: "", policy.CommandEditPractice: "", policy.CommandSuspendPractice: "", policy.CommandResumePractice: "",
		policy.CommandAddPracticeApp: "", policy.CommandRemovePracticeApp: "", policy.CommandRequestActivation: "",
		policy.CommandWithdrawActivation: "", policy.CommandActivateMFA: "", policy.CommandDeclineActivation: "",
		policy.CommandRequireMFA: "", policy.CommandStopRequiringMFA: "", policy.CommandImportPeople: "", policy.CommandExportEvents: "",
		policy.CommandEditClient: "", policy.CommandRegisterClient: byProgram, policy.CommandAddSecret: byProgram, policy.CommandRemoveSecret: byProgram,
		policy.CommandOpenCase: "", policy.CommandSendCaseCode: "", policy.CommandRecordCheck: "", policy.CommandSubmitCase: "",
		policy.CommandApproveCase: "", policy.CommandRefuseCase: "", policy.CommandPerformCase: "", policy.CommandCloseCase: "",
		policy.CommandChangePassword: "", policy.CommandAddAuthenticator: "", policy.CommandRenameAuthenticator: "",
		policy.CommandRemoveAuthenticator: "", policy.CommandMakeDefault: "", policy.CommandChangePIN: "", policy.CommandEndOwnSession: "", policy.CommandSignOutEverywhere: "",
		policy.CommandRequestPasswordReset: "", policy.CommandRequestUnlock: "", policy.CommandAcceptInvite: "", policy.CommandResetByLink: "",
		policy.CommandUnlockByLink: "", policy.CommandConfirmByLink: "", policy.CommandFreezeByLink: "",
		policy.CommandCreateUser: byShell, policy.CommandImportUsers: byShell, policy.CommandBindAuthenticator: byShell, policy.CommandSetPIN: byShell,
		policy.CommandRecoverUser: "it is for the day when nobody can enter a page", policy.CommandRecoverEnrolment: "it is for the day when nobody can enter a page", policy.CommandReplaceClient: byShell, policy.CommandRegisterOwnApps: byStart, policy.CommandMoveIssuer: byStart,
	}
}

func apiRows() rows {
	return rows{
		policy.CommandInviteUser: "", policy.CommandResendInvite: "", policy.CommandRevokeInvite: "", policy.CommandResendConfirmation: "", policy.CommandEditUser: "",
		policy.CommandDisableUser: "", policy.CommandEnableUser: "", policy.CommandUnlockUser: "", policy.CommandSendPasswordReset: "",
		policy.CommandRemindMFA: "", policy.CommandResetMFA: "", policy.CommandEndSession: "", policy.CommandEnrolmentCode: byHand,
		policy.CommandCreatePractice: "", policy.CommandEditPractice: "", policy.CommandSuspendPractice: "", policy.CommandResumePractice: "",
		policy.CommandAddPracticeApp: "", policy.CommandRemovePracticeApp: "", policy.CommandRequestActivation: "",
		policy.CommandWithdrawActivation: "", policy.CommandActivateMFA: "", policy.CommandDeclineActivation: "",
		policy.CommandRequireMFA: "", policy.CommandStopRequiringMFA: "", policy.CommandImportPeople: byHand, policy.CommandExportEvents: "the API lists events, a page at a time",
		policy.CommandEditClient: "", policy.CommandRegisterClient: "", policy.CommandAddSecret: "", policy.CommandRemoveSecret: "",
		policy.CommandOpenCase: "", policy.CommandSendCaseCode: "", policy.CommandRecordCheck: "", policy.CommandSubmitCase: "",
		policy.CommandApproveCase: "", policy.CommandRefuseCase: "", policy.CommandPerformCase: "", policy.CommandCloseCase: "",
		policy.CommandChangePassword: byPerson, policy.CommandAddAuthenticator: byPerson, policy.CommandRenameAuthenticator: byPerson,
		policy.CommandRemoveAuthenticator: byPerson, policy.CommandMakeDefault: byPerson, policy.CommandChangePIN: byPerson, policy.CommandEndOwnSession: byPerson, policy.CommandSignOutEverywhere: byPerson,
		policy.CommandRequestPasswordReset: byPerson, policy.CommandRequestUnlock: byPerson, policy.CommandAcceptInvite: byPerson, policy.CommandResetByLink: byPerson,
		policy.CommandUnlockByLink: byPerson, policy.CommandConfirmByLink: byPerson, policy.CommandFreezeByLink: byPerson,
		policy.CommandCreateUser: byShell, policy.CommandImportUsers: byShell, policy.CommandBindAuthenticator: byShell, policy.CommandSetPIN: byShell,
		policy.CommandRecoverUser: byShell, policy.CommandRecoverEnrolment: byShell, policy.CommandReplaceClient: byShell, policy.CommandRegisterOwnApps: byStart, policy.CommandMoveIssuer: byStart,
	}
}

func cliRows() rows {
	return rows{
		policy.CommandInviteUser: "", policy.CommandResendInvite: byHand, policy.CommandRevokeInvite: byHand, policy.CommandResendConfirmation: byHand, policy.CommandEditUser: "",
		policy.CommandDisableUser: "", policy.CommandEnableUser: "", policy.CommandUnlockUser: "", policy.CommandSendPasswordReset: "",
		policy.CommandRemindMFA: byHand, policy.CommandResetMFA: "", policy.CommandEndSession: "", policy.CommandEnrolmentCode: byHand,
		policy.CommandCreatePractice: "", policy.CommandEditPractice: "", policy.CommandSuspendPractice: "", policy.CommandResumePractice: "",
		policy.CommandAddPracticeApp: "", policy.CommandRemovePracticeApp: "", policy.CommandRequestActivation: byHand,
		policy.CommandWithdrawActivation: byHand, policy.CommandActivateMFA: "", policy.CommandDeclineActivation: byHand,
		policy.CommandRequireMFA: "", policy.CommandStopRequiringMFA: "", policy.CommandImportPeople: "apsid import does it for every practice", policy.CommandExportEvents: "",
		policy.CommandEditClient: "", policy.CommandRegisterClient: "", policy.CommandAddSecret: "", policy.CommandRemoveSecret: "",
		policy.CommandOpenCase: byHand, policy.CommandSendCaseCode: byHand, policy.CommandRecordCheck: byHand, policy.CommandSubmitCase: byHand,
		policy.CommandApproveCase: byHand, policy.CommandRefuseCase: byHand, policy.CommandPerformCase: byHand, policy.CommandCloseCase: byHand,
		policy.CommandChangePassword: byPerson, policy.CommandAddAuthenticator: byPerson, policy.CommandRenameAuthenticator: byPerson,
		policy.CommandRemoveAuthenticator: byPerson, policy.CommandMakeDefault: byPerson, policy.CommandChangePIN: byPerson, policy.CommandEndOwnSession: byPerson, policy.CommandSignOutEverywhere: byPerson,
		policy.CommandRequestPasswordReset: byPerson, policy.CommandRequestUnlock: byPerson, policy.CommandAcceptInvite: byPerson, policy.CommandResetByLink: byPerson,
		policy.CommandUnlockByLink: byPerson, policy.CommandConfirmByLink: byPerson, policy.CommandFreezeByLink: byPerson,
		policy.CommandCreateUser: byFile, policy.CommandImportUsers: "", policy.CommandBindAuthenticator: "the demo alone gives it", policy.CommandSetPIN: "the demo alone gives it",
		policy.CommandRecoverUser: "", policy.CommandRecoverEnrolment: "", policy.CommandReplaceClient: "the demo alone gives it", policy.CommandRegisterOwnApps: byStart, policy.CommandMoveIssuer: byStart,
	}
}

func applyRows() rows {
	return rows{
		policy.CommandInviteUser: "", policy.CommandResendInvite: byAnswer, policy.CommandRevokeInvite: byAnswer, policy.CommandResendConfirmation: byAnswer, policy.CommandEditUser: "",
		policy.CommandDisableUser: "", policy.CommandEnableUser: "", policy.CommandUnlockUser: byAnswer, policy.CommandSendPasswordReset: byAnswer,
		policy.CommandRemindMFA: byAnswer, policy.CommandResetMFA: byAnswer, policy.CommandEndSession: byAnswer, policy.CommandEnrolmentCode: byAnswer,
		policy.CommandCreatePractice: "", policy.CommandEditPractice: "", policy.CommandSuspendPractice: "", policy.CommandResumePractice: "",
		policy.CommandAddPracticeApp: "", policy.CommandRemovePracticeApp: "", policy.CommandRequestActivation: byAnswer,
		policy.CommandWithdrawActivation: byAnswer, policy.CommandActivateMFA: byAnswer, policy.CommandDeclineActivation: byAnswer,
		policy.CommandRequireMFA: byProgram, policy.CommandStopRequiringMFA: byProgram, policy.CommandImportPeople: "apsid import reads its own files", policy.CommandExportEvents: byAnswer,
		policy.CommandEditClient: "", policy.CommandRegisterClient: "", policy.CommandAddSecret: bySecret, policy.CommandRemoveSecret: bySecret,
		policy.CommandOpenCase: byHand, policy.CommandSendCaseCode: byHand, policy.CommandRecordCheck: byHand, policy.CommandSubmitCase: byHand,
		policy.CommandApproveCase: byHand, policy.CommandRefuseCase: byHand, policy.CommandPerformCase: byHand, policy.CommandCloseCase: byHand,
		policy.CommandChangePassword: byPerson, policy.CommandAddAuthenticator: byPerson, policy.CommandRenameAuthenticator: byPerson,
		policy.CommandRemoveAuthenticator: byPerson, policy.CommandMakeDefault: byPerson, policy.CommandChangePIN: byPerson, policy.CommandEndOwnSession: byPerson, policy.CommandSignOutEverywhere: byPerson,
		policy.CommandRequestPasswordReset: byPerson, policy.CommandRequestUnlock: byPerson, policy.CommandAcceptInvite: byPerson, policy.CommandResetByLink: byPerson,
		policy.CommandUnlockByLink: byPerson, policy.CommandConfirmByLink: byPerson, policy.CommandFreezeByLink: byPerson,
		policy.CommandCreateUser: "", policy.CommandImportUsers: "apsid import reads its own files", policy.CommandBindAuthenticator: bySecret, policy.CommandSetPIN: bySecret,
		policy.CommandRecoverUser: byAnswer, policy.CommandRecoverEnrolment: byAnswer, policy.CommandReplaceClient: "the demo alone gives it", policy.CommandRegisterOwnApps: byStart, policy.CommandMoveIssuer: byStart,
	}
}

func TestEveryCommandHasARowOnEverySurface(t *testing.T) {
	for _, surface := range []struct {
		name    string
		rows    rows
		offered map[policy.Command]bool
	}{
		{"pages", pageRows(), onPages()},
		{"the API", apiRows(), overTheAPI(t)},
		{"the command line", cliRows(), onTheCommandLine(t)},
		{"apply", applyRows(), byApply(t)},
	} {
		for _, command := range policy.Commands() {
			why, found := surface.rows[command]
			switch {
			case !found:
				t.Errorf("%s: %s has no row: is it offered there, and if not, why?", surface.name, command)
			case why == "" && !surface.offered[command]:
				t.Errorf("%s: %s is not offered", surface.name, command)
			case why != "" && surface.offered[command]:
				t.Errorf("%s: %s is offered, though %s", surface.name, command, why)
			}
			delete(surface.offered, command)
		}
		for command := range surface.offered {
			t.Errorf("%s: %s is offered and does not exist", surface.name, command)
		}
	}
}

func onPages() map[policy.Command]bool {
	offered := map[policy.Command]bool{}
	for _, commands := range slices.Concat(commandsOf(manage.Table(), func(r manage.Route) []policy.Command { return r.Commands }),
		commandsOf(support.Table(), func(r support.Route) []policy.Command { return r.Commands }),
		commandsOf(account.Table(), func(r account.Route) []policy.Command { return r.Commands })) {
		for _, command := range commands {
			offered[command] = true
		}
	}
	return offered
}

func commandsOf[R any](table []R, commands func(R) []policy.Command) (all [][]policy.Command) {
	for _, route := range table {
		all = append(all, commands(route))
	}
	return all
}

// overTheAPI reads the document, in which an operation that changes something has the name of its command and says what the
// command's description says.
func overTheAPI(t *testing.T) map[policy.Command]bool {
	t.Helper()
	text, err := os.ReadFile("../../deploy/docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string `json:"summary"`
			Description string `json:"description"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	offered := map[policy.Command]bool{}
	for path, operations := range document.Paths {
		for method, o := range operations {
			if method == "get" {
				continue
			}
			d := policy.Describe(policy.Command(o.OperationID))
			offered[policy.Command(o.OperationID)] = true
			fresh := strings.Contains(o.Description, "insufficient_user_authentication")
			if o.Summary != d.Summary || !strings.Contains(o.Description, d.About) || fresh != (d.Proofs != policy.AnySession) {
				t.Errorf("%s %s does not say what the command's description says: %s: %s", method, path, o.Summary, o.Description)
			}
		}
	}
	return offered
}

func onTheCommandLine(t *testing.T) map[policy.Command]bool {
	t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("apsid"), kong.Writers(io.Discard, io.Discard), kong.PostBuild(describe))
	if err != nil {
		t.Fatal(err)
	}
	offered := map[policy.Command]bool{}
	for _, leaf := range parser.Model.Leaves(false) {
		for _, command := range gives(leaf) {
			offered[command] = true
			if leaf.Help == "" || leaf.Help == "." {
				t.Errorf("apsid %s has no help", leaf.Path())
			}
		}
	}
	return offered
}

// byApply reads which methods of the services apply calls: each gives the command of its name, or the one listed.
func byApply(t *testing.T) map[policy.Command]bool {
	t.Helper()
	gives := map[string]policy.Command{
		"InviteUser": policy.CommandInviteUser, "CreateUser": policy.CommandCreateUser, "UpdateUser": policy.CommandEditUser,
		"DisableUser": policy.CommandDisableUser, "EnableUser": policy.CommandEnableUser,
		"CreatePractice": policy.CommandCreatePractice, "UpdatePractice": policy.CommandEditPractice, "AddApp": policy.CommandAddPracticeApp,
		"RemoveApp": policy.CommandRemovePracticeApp, "SuspendPractice": policy.CommandSuspendPractice, "ResumePractice": policy.CommandResumePractice,
		"RegisterClient": policy.CommandRegisterClient, "EditClient": policy.CommandEditClient,
	}
	checks := []string{"CheckPractice", "CheckClient", "CheckPerson"}
	offered := map[policy.Command]bool{}
	for method := range called(t, "../../internal/apply", "People", "Practices", "Clients", "Cases", "Account", "Links") {
		command, known := gives[method]
		if known {
			offered[command] = true
		} else if !slices.Contains(checks, method) {
			t.Errorf("apply calls %s, which no row knows", method)
		}
	}
	return offered
}

// called names the methods that the product code of a folder calls on fields of these names.
func called(t *testing.T, folder string, fields ...string) map[string]bool {
	t.Helper()
	methods := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			method, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if service, ok := method.X.(*ast.SelectorExpr); ok && slices.Contains(fields, service.Sel.Name) {
				methods[method.Sel.Name] = true
			}
			return true
		})
	}
	if len(slices.Collect(maps.Keys(methods))) == 0 {
		t.Fatalf("%s calls nothing", folder)
	}
	return methods
}
