//! What reps are handed who are invited: a page to print for each, or the images of their QR codes.
//!
//! Pages load nothing and hold no script. Files with codes in them are for their maker alone.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use document_model::{Moment, format_moment};
use qrcode::{Color, EcLevel, QrCode};

use super::error::Failure;
use crate::hub::Invited;

/// Clear squares around a code, which readers need.
const MARGIN: usize = 4;
/// What looks like a page in the name of a file.
const PAGE_ENDINGS: [&str; 2] = ["html", "htm"];

/// Words of a page.
struct Words {
    language: &'static str,
    title: &'static str,
    scan: &'static str,
    or_type: &'static str,
    until: &'static str,
    once: &'static str,
}

const KOREAN: Words = Words {
    language: "ko",
    title: "Fieldbook 시작하기",
    scan: "휴대전화 카메라로 아래 코드를 찍으세요.",
    or_type: "또는 아래 주소를 열고 숫자 여덟 자리를 입력하세요.",
    until: "유효 기한",
    once: "이 코드는 한 번만 쓸 수 있습니다. 다른 사람에게 보이지 마세요.",
};
const ENGLISH: Words = Words {
    language: "en",
    title: "Getting started with Fieldbook",
    scan: "Scan this code with your phone's camera.",
    or_type: "Or open this address and type the eight digits.",
    until: "Holds until",
    once: "The code works once. Show it to nobody else.",
};
const CHINESE: Words = Words {
    language: "zh",
    title: "开始使用 Fieldbook",
    scan: "请用手机相机扫描下面的二维码。",
    or_type: "或打开下面的网址，输入八位数字。",
    until: "有效期至",
    once: "此码只能使用一次，请勿给他人看。",
};

/// A page for each rep, A4.
const STYLE: &str = "@page{size:A4;margin:20mm}body{font:16px/1.6 sans-serif;color:#000;background:#fff;margin:0;\
    word-break:keep-all}section{break-after:page;padding:16px;max-width:170mm;margin:auto}h1{font-size:24px}\
    svg{width:70mm;height:70mm}.code{font-size:36px;font-variant-numeric:tabular-nums;letter-spacing:.05em}";

/// Where they go, and where devices reach the hub.
pub(super) struct Sheets<'a> {
    to: &'a Path,
    address: &'a str,
}

impl<'a> Sheets<'a> {
    pub(super) fn new(to: &'a Path, address: Option<&'a str>) -> Result<Self, Failure> {
        let what = "A QR code holds the address that devices reach the hub at";
        let to_do = "Give it: --address https://hub.example.com";
        let address =
            address.filter(|address| address.starts_with("https://") || address.starts_with("http://"));
        let address = address.ok_or_else(|| Failure::misused("INVITE-ADDRESS", what, to_do))?;
        Ok(Self { to, address: address.trim_end_matches('/') })
    }

    /// Writes them; what was made.
    pub(super) fn write(&self, invited: &[Invited], language: Option<&str>) -> Result<String, Failure> {
        let ending = self.to.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if PAGE_ENDINGS.iter().any(|page| ending.eq_ignore_ascii_case(page)) {
            write_private(self.to, self.pages(invited, language)?.as_bytes())?;
        } else {
            make_folder(self.to)?;
            for (number, one) in (1..).zip(invited) {
                // Codes of units are letters and digits; two accounts may share one.
                let file: PathBuf = self.to.join(format!("{number:04}-{}.svg", one.unit));
                write_private(&file, self.image(one)?.as_bytes())?;
            }
        }
        Ok(self.to.display().to_string())
    }

    fn image(&self, one: &Invited) -> Result<String, Failure> {
        svg(&format!("{}{}", self.address, one.path()))
    }

    fn pages(&self, invited: &[Invited], language: Option<&str>) -> Result<String, Failure> {
        let words = match language {
            Some("ko") => KOREAN,
            Some("zh") => CHINESE,
            _ => ENGLISH,
        };
        let Words { language, title, .. } = words;
        let mut pages = format!(
            "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
             <style>{STYLE}</style></head><body>\n"
        );
        for one in invited {
            pages.push_str(&self.page(one, &words)?);
        }
        pages.push_str("</body></html>\n");
        Ok(pages)
    }

    fn page(&self, one: &Invited, words: &Words) -> Result<String, Failure> {
        let Words { title, scan, or_type, until, once, .. } = words;
        let (name, user, unit) = (escaped(&one.name), escaped(&one.user), escaped(one.unit.as_str()));
        let address = escaped(&format!("{}/rep/", self.address));
        let (image, code, ends) = (self.image(one)?, one.code_in_words(), format_moment(Moment(one.ends_ms)));
        Ok(format!(
            "<section><h1>{title}</h1><p><strong>{name}</strong> {user} {unit}</p><p>{scan}</p>{image}\
             <p>{or_type}<br>{address}</p><p class=\"code\">{code}</p><p>{until}: {ends}<br>{once}</p></section>\n"
        ))
    }
}

/// A QR code of a text, as an image of one path.
fn svg(text: &str) -> Result<String, Failure> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| {
        Failure::misused("INVITE-ADDRESS", "The address is too long for a QR code", "Give a shorter one")
    })?;
    let width = code.width();
    let size = width + 2 * MARGIN;
    let mut path = String::new();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    for (place, _) in dark {
        path.push_str(&format!("M{} {}h1v1h-1z", place % width + MARGIN, place / width + MARGIN));
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\" \
         role=\"img\" aria-label=\"QR\"><path fill=\"#fff\" d=\"M0 0h{size}v{size}h-{size}z\"/>\
         <path d=\"{path}\"/></svg>"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Writes a new file that only its owner reads. One that is there is not replaced: codes in it may hold still.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let written =
        options.open(path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|why| not_written(path, &why))
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    match fs::create_dir(path) {
        Err(why) if why.kind() != ErrorKind::AlreadyExists => Err(not_written(path, &why)),
        _ => Ok(()),
    }
}

/// The codes were made and nobody has them: other ones have to be.
fn not_written(path: &Path, why: &std::io::Error) -> Failure {
    Failure::told(
        super::error::Exit::No,
        "INVITE-FILE",
        format!("{} cannot be written: {why}", path.display()),
        "No file was replaced; codes that were made are known to nobody, and devices that are signed in stay so",
        "Name a new file in a folder that can be written to, and invite again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invited(name: &str) -> Invited {
        Invited {
            user: "kim".to_owned(),
            unit: "P1".into(),
            name: name.to_owned(),
            code: "01234567".to_owned(),
            ends_ms: 1_790_000_000_000,
        }
    }

    /// The squares of an image, row by row.
    fn squares(svg: &str) -> Vec<(usize, usize)> {
        let path = svg.rsplit("d=\"").next().expect("a path").split('"').next().expect("its end");
        let square = |part: &str| {
            let (x, y) = part.strip_suffix("h1v1h-1").expect("a square").split_once(' ').expect("a place");
            (x.parse().expect("a number"), y.parse().expect("a number"))
        };
        path.split_terminator('z').map(|part| square(part.trim_start_matches('M'))).collect()
    }

    #[test]
    fn an_image_is_the_code_of_the_link() {
        let file = Path::new("codes");
        let sheets = Sheets::new(file, Some("https://hub.example.com/")).expect("an address");
        let image = sheets.image(&invited("김철수")).expect("an image");
        let link = "https://hub.example.com/rep/#pair=01234567";
        let code = QrCode::with_error_correction_level(link, EcLevel::M).expect("a code");
        let width = code.width();
        let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
        let places: Vec<_> = dark.map(|(place, _)| (place % width + 4, place / width + 4)).collect();
        assert_eq!(squares(&image), places);
        assert!(image.starts_with(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {0}\"",
            width + 8
        )));
    }

    #[test]
    fn there_is_a_page_for_each_and_names_are_no_markup() {
        let file = Path::new("codes.html");
        let sheets = Sheets::new(file, Some("http://10.0.0.1:8080")).expect("an address");
        let pages = sheets.pages(&[invited("<b>&\"김"), invited("이")], Some("ko")).expect("pages");
        assert_eq!(pages.matches("<section>").count(), 2);
        assert_eq!(pages.matches("0123 4567").count(), 2);
        assert!(pages.contains("&lt;b&gt;&amp;&quot;김") && !pages.contains("<b>"), "{pages}");
        assert!(pages.contains("lang=\"ko\"") && pages.contains("유효 기한"));
        assert!(sheets.pages(&[], None).expect("pages").contains("lang=\"en\""));
        for none in [None, Some(""), Some("hub.example.com")] {
            assert!(Sheets::new(file, none).is_err(), "{none:?}");
        }
    }

    #[test]
    fn files_are_their_makers_alone_and_replace_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("codes.csv");
        write_private(&file, b"one").expect("a new file");
        assert!(write_private(&file, b"two").is_err_and(|failure| failure.code == "INVITE-FILE"));
        assert_eq!(fs::read(&file).expect("it is there"), b"one");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&file).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let to = folder.path().join("codes");
        let sheets = Sheets::new(&to, Some("https://hub")).expect("an address");
        sheets.write(&[invited("a"), invited("b")], None).expect("images");
        let mut names: Vec<_> =
            fs::read_dir(&to).expect("a folder").map(|one| one.expect("a file").file_name()).collect();
        names.sort();
        assert_eq!(names, ["0001-P1.svg", "0002-P1.svg"]);
    }
}
