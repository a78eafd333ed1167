"use strict";
// The certificate's text is behind the number sign of the address. Everything shown is set as text, never as markup.

const show = (id, text) => { document.getElementById(id).textContent = text; };

function showFact(term, value) {
  const [name, content] = ["dt", "dd"].map((tag) => document.createElement(tag));
  name.textContent = term;
  content.textContent = value;
  document.getElementById("facts").append(name, content);
}

async function ask(token, language) {
  const headers = { "Accept-Language": language };
  const answer = await fetch(`/api/v1/certificates/${encodeURIComponent(token)}`, { headers });
  return answer.json();
}

async function check() {
  const token = window.location.hash.slice(1);
  if (!token) {
    show("zh", "请扫描证书上的二维码打开本页。");
    show("en", "Scan the QR code of a certificate to open this page.");
    return;
  }
  document.getElementById("facts").replaceChildren();
  const [zh, en] = await Promise.all(["zh-CN", "en"].map((language) => ask(token, language)));
  show("zh", zh.zh ?? [zh.title, zh.next_step].join(" "));
  show("en", en.en ?? [en.title, en.next_step].join(" "));
  const found = zh;
  if (!found.state) return;
  showFact("编码 Code", found.code.code);
  showFact("现行名称 Name in force", found.code.name);
  showFact("现行地区 Region in force", found.code.region);
  showFact("证书所载名称 Name on the certificate", found.certified_name ?? "—");
  showFact("证书所载地区 Region on the certificate", found.certified_region);
  showFact("出具日期 Issued on", found.issued_on);
}

function failed() {
  show("zh", "暂时无法核验，请稍后再试。");
  show("en", "The check is not available now; try again later.");
}

const run = () => check().catch(failed);
window.addEventListener("hashchange", run);
run();
