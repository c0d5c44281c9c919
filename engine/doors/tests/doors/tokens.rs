//! Tokens from files, texts and the environment.

use rehearsal_doors::{Role, Tokens, new_token, sha256_of};
use std::path::Path;

fn text(text: &str) -> Result<Tokens, String> {
    Tokens::from_text(text, "tokens").map_err(|error| error.to_string())
}

#[cfg(unix)]
fn write(path: &Path, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permitted");
}

#[test]
fn a_line_is_a_role_a_name_and_a_token_or_its_hash() {
    // printf %s correct-horse-battery | sha256sum
    let hash = "sha256:62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d";
    let tokens =
        text(&format!("# who may come\n\nread  board\t{hash} # on the wall\noperate,ingest desk staple-staple-staple=\n"))
            .expect("tokens");
    let callers: Vec<String> = tokens.callers().map(|caller| format!("{} {}", caller.name, caller.roles)).collect();
    assert_eq!(callers, ["board read", "desk ingest,operate"]);
    let board = tokens.caller("correct-horse-battery").expect("by its hash");
    assert!(&*board.name == "board" && board.may(Role::Read) && !board.may(Role::Operate));
    assert_eq!(tokens.caller("staple-staple-staple=").map(|caller| &*caller.name), Some("desk"));
    for wrong in ["", "correct-horse-batter", "correct-horse-battery ", "staple-staple-staple", hash] {
        assert_eq!(tokens.caller(wrong), None, "{wrong:?}");
    }
}

/// FIPS 180-4 gives the hash of `abc`.
#[test]
fn the_hash_is_sha_256() {
    assert_eq!(sha256_of("abc"), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn the_hash_of_a_short_token_opens_nothing() {
    let tokens = text(&format!("read board {}", sha256_of("abc"))).expect("a hash does not tell");
    assert_eq!(tokens.caller("abc"), None);
}

#[test]
fn a_name_may_have_an_old_and_a_new_token() {
    let tokens = text("read board first-first-first\nread board second-second-second").expect("tokens");
    assert_eq!(tokens.caller("first-first-first"), tokens.caller("second-second-second"));
    assert!(tokens.caller("first-first-first").is_some());
}

#[test]
fn a_wrong_line_is_told_with_its_place() {
    for (wrong, said) in [
        ("read board", "three words"),
        ("read board a-token-long-enough more", "three words"),
        ("write board a-token-long-enough", "ingest, read, operate"),
        ("read,read board a-token-long-enough", "ingest, read, operate"),
        ("read b:o a-token-long-enough", "name"),
        ("read board fifteen-letters", "16 characters"),
        ("read board a-token-lóng-enough", "characters"),
        ("read board sha256:abcd", "64 hexadecimal"),
        ("read board sha256:zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "64 hexadecimal"),
        ("read board first-first-first", "each caller has its own"),
        ("operate first a-token-long-enough", "other roles"),
    ] {
        let error = text(&format!("read first first-first-first\n\n{wrong}\n")).expect_err(wrong);
        assert!(error.starts_with("tokens:3: ") && error.contains(said), "{wrong}: {error}");
    }
    for empty in ["", "# none\n", "\n\n"] {
        assert!(text(empty).expect_err("empty").contains("no token"), "{empty:?}");
    }
}

#[test]
fn new_tokens_are_long_and_differ() {
    let [one, other] = [new_token(), new_token()].map(|token| token.expect("random bytes"));
    assert!(one.len() == 64 && one != other && one.chars().all(|c| c.is_ascii_hexdigit()));
    assert!(text(&format!("ingest truck {one}")).expect("a token").caller(&one).is_some());
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokens");
    for mode in [0o644, 0o640, 0o604, 0o602, 0o660] {
        write(&path, "read board a-token-long-enough", mode);
        let error = Tokens::from_file(&path).expect_err("others may read it").to_string();
        assert!(error.contains(&format!("{mode:04o}")) && error.contains("chmod 600"), "{error}");
    }
    for mode in [0o600, 0o400] {
        write(&path, "read board a-token-long-enough", mode);
        assert!(Tokens::from_file(&path).expect("tokens").caller("a-token-long-enough").is_some());
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_of_tokens_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokens");
    let error = |path: &Path| Tokens::from_file(path).expect_err("wrong").to_string();
    assert!(error(&path).contains("cannot be read"));
    write(&path, "\n", 0o600);
    assert!(error(&path).contains("no token"));
    std::fs::write(&path, [0xff, 0xfe]).expect("written");
    assert!(error(&path).contains("UTF-8"));
    std::fs::write(&path, vec![b'#'; 2 << 20]).expect("written");
    assert!(error(&path).contains("longer"));
    std::fs::create_dir(folder.path().join("sub")).expect("a folder");
    write(&folder.path().join("x"), "", 0o600);
    assert!(!error(&folder.path().join("sub")).is_empty());
}

/// The environment belongs to a process, so another one is asked.
#[test]
fn tokens_come_from_the_environment() {
    if std::env::var_os("DOORS_TEST_CHILD").is_some() {
        match Tokens::from_environment() {
            Ok(None) => std::process::exit(10),
            Ok(Some(tokens)) => std::process::exit(20 + tokens.callers().count() as i32),
            Err(_) => std::process::exit(30),
        }
    }
    for (value, code) in [
        (None, 10),
        (Some("read board first-first-first; ingest truck second-second-second"), 22),
        (Some("read board first-first-first\noperate desk second-second-second\n"), 22),
        (Some(""), 30),
        (Some("first-first-first"), 30),
    ] {
        let mut child = std::process::Command::new(std::env::current_exe().expect("this test"));
        child
            .args(["tokens::tokens_come_from_the_environment", "--exact"])
            .env("DOORS_TEST_CHILD", "1")
            .env_remove("REHEARSAL_TOKENS");
        if let Some(value) = value {
            child.env("REHEARSAL_TOKENS", value);
        }
        let output = child.output().expect("it starts");
        assert_eq!(output.status.code(), Some(code), "{value:?}");
    }
}
