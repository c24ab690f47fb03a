//! The page a phone begins at, in the clear: what is wrong with this address, and the steps to one that is safe.

/// It loads nothing and runs nothing.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Readable at arm's length, targets for a thumb, light and dark.
const STYLE: &str = ":root{color-scheme:light dark}body{font:18px/1.6 system-ui,sans-serif;margin:0;padding:24px;\
    max-width:34em;word-break:keep-all;overflow-wrap:anywhere}h1{font-size:24px;line-height:1.35}h2{font-size:20px}\
    li{margin:.4em 0}a{display:block;min-height:48px;line-height:48px;padding:0 20px;border-radius:12px;margin:16px 0;\
    text-align:center;text-decoration:none;font-weight:600;background:#1d4ed8;color:#fff}\
    a:focus-visible{outline:3px solid #f59e0b;outline-offset:3px}";

/// Words of the page.
struct Words {
    language: &'static str,
    title: &'static str,
    why: &'static str,
    get: &'static str,
    apple: &'static [&'static str],
    android: &'static [&'static str],
    open: &'static str,
    after: &'static str,
}

const KOREAN: Words = Words {
    language: "ko",
    title: "이 주소는 안전하지 않아 오프라인으로 쓸 수 없습니다",
    why: "브라우저는 믿을 수 있는 주소의 앱만 휴대전화에 담아 둡니다. 한 번만 아래 순서대로 하면 됩니다.",
    get: "1. 인증서 받기",
    apple: &[
        "'허용'을 누릅니다.",
        "설정 앱 맨 위의 '프로파일이 다운로드됨'을 눌러 '{name}'를 설치합니다.",
        "설정 > 일반 > 정보 > 인증서 신뢰 설정에서 '{name}'를 켭니다.",
    ],
    android: &[
        "설정 > 보안 > 기타 보안 설정 > 디바이스에 저장된 인증서 설치 > CA 인증서에서 받은 파일을 고릅니다.",
    ],
    open: "2. 앱 열기",
    after: "데모가 끝나면 설정에서 '{name}' 인증서를 지우세요. 이 인증서는 이번 데모에만 쓰이고, 열쇠는 어디에도 저장되지 않습니다.",
};
const ENGLISH: Words = Words {
    language: "en",
    title: "This address is not secure, so offline cannot work",
    why: "Browsers keep an app on the phone only from an address they trust. Do this once.",
    get: "1. Get the certificate",
    apple: &[
        "Tap Allow.",
        "In Settings, tap Profile Downloaded at the top and install \"{name}\".",
        "In Settings > General > About > Certificate Trust Settings, switch \"{name}\" on.",
    ],
    android: &[
        "In Settings > Security > More security settings > Encryption and credentials > Install a certificate > CA \
         certificate, choose the file.",
    ],
    open: "2. Open the app",
    after: "When the demo is over, remove the certificate \"{name}\" in the phone's settings. It is for this demo alone, and \
            its key is stored nowhere.",
};
const CHINESE: Words = Words {
    language: "zh",
    title: "此地址不安全，因此无法离线使用",
    why: "浏览器只会把可信地址的应用保存在手机上。请按以下步骤操作一次。",
    get: "1. 获取证书",
    apple: &[
        "点按“允许”。",
        "在“设置”顶部点按“已下载描述文件”，安装“{name}”。",
        "在“设置”>“通用”>“关于本机”>“证书信任设置”中打开“{name}”。",
    ],
    android: &["在“设置”>“安全”>“更多安全设置”>“加密与凭据”>“安装证书”>“CA 证书”中选择该文件。"],
    open: "2. 打开应用",
    after: "演示结束后，请在手机设置中删除证书“{name}”。它仅用于本次演示，密钥不会保存在任何地方。",
};

/// The page in the first language of `wanted` that it is written in; `name` is what the certificate is called.
pub(super) fn of(wanted: &str, app: &str, certificate: &str, name: &str) -> String {
    let Words { language, title, why, get, apple, android, open, after } = words_for(wanted);
    let steps = |of: &str, steps: &[&str]| {
        let items: String =
            steps.iter().map(|step| format!("<li>{}</li>", step.replace("{name}", name))).collect();
        format!("<h2>{of}</h2><ol>{items}</ol>")
    };
    format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>\
         <p>{why}</p><a href=\"{certificate}\">{get}</a>{}{}<a href=\"{app}\">{open}</a><p>{}</p></html>",
        steps("iPhone", apple),
        steps("Android", android),
        after.replace("{name}", name),
    )
}

/// Korean where none of the languages is known.
fn words_for(wanted: &str) -> &'static Words {
    let known =
        |language: &str| [&KOREAN, &ENGLISH, &CHINESE].into_iter().find(|words| words.language == language);
    let mut asked = wanted.split(',').map(|one| one.trim().get(..2).unwrap_or_default().to_ascii_lowercase());
    asked.find_map(|language| known(&language)).unwrap_or(&KOREAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_speaks_the_phones_language() {
        for (wanted, language) in [
            ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
            ("en-GB", "en"),
            ("fr-FR, zh-CN;q=0.8", "zh"),
            ("", "ko"),
            ("\u{fc}", "ko"),
        ] {
            assert_eq!(words_for(wanted).language, language, "{wanted}");
        }
    }

    #[test]
    fn the_page_leads_to_the_certificate_and_then_to_the_app() {
        let page = of("en", "https://192.0.2.7:8443/as/rep", "/some.crt", "Demo");
        let places = [
            "not secure",
            "href=\"/some.crt\"",
            "install \"Demo\"",
            "href=\"https://192.0.2.7:8443/as/rep\"",
        ];
        let found: Vec<_> = places.iter().map(|place| page.find(place)).collect();
        assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{found:?}");
        assert!(!page.contains("{name}") && !page.contains("<script"));
    }
}
