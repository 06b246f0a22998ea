"use strict";
(() => {
  const find = document.getElementById("find");
  const found = document.getElementById("found");
  const files = [...document.querySelectorAll("details.file")];
  const leaves = [...document.querySelectorAll("nav .leaf")];
  const folders = [...document.querySelectorAll("nav details")];
  document.querySelector(".tools").hidden = false;

  const search = () => {
    const words = find.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const leaf of leaves) {
      const link = leaf.querySelector("a");
      const is = words.every((word) => link.title.toLowerCase().includes(word));
      leaf.hidden = !is;
      leaf.style.display = is ? "" : "none";
      document.getElementById(link.hash.slice(1)).hidden = !is;
      count += is;
    }
    for (const folder of folders) {
      folder.parentElement.hidden = ![...folder.querySelectorAll(".leaf")].some((leaf) => !leaf.hidden);
    }
    found.textContent = words.length === 0 ? "" : `${count} of ${leaves.length} files`;
  };
  find.addEventListener("input", search);
  const all = (open) => () => { for (const file of files) if (!file.hidden) file.open = open; };
  document.getElementById("open").addEventListener("click", all(true));
  document.getElementById("close").addEventListener("click", all(false));

  const show = () => {
    const query = /^#find=(.*)$/.exec(location.hash);
    if (query) {
      find.value = decodeURIComponent(query[1]);
      search();
    }
    const file = /^#f\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (file) {
      file.open = true;
      file.scrollIntoView();
    }
  };
  addEventListener("hashchange", show);
  show();
})();
